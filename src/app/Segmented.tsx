import { useRef, type KeyboardEvent } from 'react';

export interface SegmentedProps<T extends string> {
  label: string;
  options: { id: T; label: string; title?: string }[];
  value: T;
  onChange(id: T): void;
}

const steps: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** A radio group in one line: one tab stop, arrows move and choose. */
export function Segmented<T extends string>({ label, options, value, onChange }: SegmentedProps<T>) {
  const group = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent, at: number): void => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (at + step + options.length) % options.length;
    onChange(options[next].id);
    group.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <div className="seg" role="radiogroup" aria-label={label} ref={group}>
      {options.map((option, n) => (
        <button
          key={option.id}
          type="button"
          role="radio"
          aria-checked={option.id === value}
          tabIndex={option.id === value ? 0 : -1}
          title={option.title}
          onClick={() => onChange(option.id)}
          onKeyDown={(event) => onKeyDown(event, n)}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
