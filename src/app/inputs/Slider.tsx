import { useId } from 'react';

export interface SliderProps {
  label: string;
  /** 0..`max`, whole steps. */
  value: number;
  max: number;
  /** The value in words, shown and spoken. */
  words: string;
  /** Where the standard condition lies on the track; no tick where it leaves this alone. */
  standard?: number;
  disabled?: boolean;
  onChange(value: number): void;
}

/** A degradation's slider; the tick on its track is the condition of the reported figures. */
export function Slider({ label, value, max, words, standard, disabled, onChange }: SliderProps) {
  const id = useId();
  return (
    <div className="ctl">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={0}
        max={max}
        step={1}
        value={value}
        disabled={disabled}
        aria-valuetext={words}
        style={standard === undefined ? undefined : ({ '--std': standard / max } as React.CSSProperties)}
        onChange={(event) => onChange(Number(event.target.value))}
      />
      <output htmlFor={id}>{words}</output>
    </div>
  );
}
