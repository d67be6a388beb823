import { useApp } from '../../store/react';
import type { InputProps } from './DrawingInput';
import { SamplePicker } from './SamplePicker';

/** An evaluation sample on a side that a person can give as well. */
export default function StoredInput({ side, info, giving }: InputProps) {
  const name = useApp((s) => s[side].name);
  return (
    <>
      <div className="unseen">
        <p>{`${info.label} is that of an ${name}: its layer states ship with the pack, its content does not. Clear it to give your own.`}</p>
      </div>
      <SamplePicker side={side} info={info} giving={giving} />
    </>
  );
}
