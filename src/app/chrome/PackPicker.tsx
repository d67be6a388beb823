import { useRef, type KeyboardEvent } from 'react';
import { useActions, useApp } from '../../store/react';
import { Icon, modalityIcon } from './Icons';

const steps: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

/** The packs, each a task with its pair of modalities: one tab stop, arrows move and choose. */
export function PackPicker() {
  const packs = useApp((s) => s.packs);
  const packId = useApp((s) => s.packId);
  const { choosePack } = useActions();
  const group = useRef<HTMLDivElement>(null);
  if (packs.state !== 'ready')
    return (
      <p className="packs wait">{packs.state === 'failed' ? 'No pack to choose' : 'Looking for packs…'}</p>
    );
  const list = packs.value;
  const onKeyDown = (event: KeyboardEvent, at: number) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const next = (at + step + list.length) % list.length;
    choosePack(list[next].id);
    group.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <div className="packs" role="radiogroup" aria-label="Pack: a task with its two encoders" ref={group}>
      {list.map(({ id, title, subtitle, modalities }, n) => (
        <button
          key={id}
          type="button"
          role="radio"
          aria-checked={id === packId}
          tabIndex={id === packId ? 0 : -1}
          aria-label={`${title}, ${subtitle}`}
          onClick={() => choosePack(id)}
          onKeyDown={(event) => onKeyDown(event, n)}
        >
          <span className="duo">
            <Icon name={modalityIcon(modalities[0])} className="a" />
            <Icon name={modalityIcon(modalities[1])} className="b" />
          </span>
          <span className="name">
            <b>{title}</b> <span>{subtitle}</span>
          </span>
        </button>
      ))}
    </div>
  );
}
