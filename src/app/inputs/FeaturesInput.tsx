import type { ModalityKind } from '../../packs/schema';
import { useApp } from '../../store/react';
import type { InputProps } from './DrawingInput';
import { SamplePicker } from './SamplePicker';

const source: Record<ModalityKind, string> = {
  text: 'features of a text',
  audio: 'features of a voice',
  image: 'features of a picture',
  video: 'features of a face on film',
  features: 'feature vectors',
};

/** What stands in the place of a modality that nobody can give here, and why; or the evaluation sample that does. */
export default function FeaturesInput({ side, info, giving, children }: InputProps) {
  const { input, degradation, name } = useApp((s) => s[side]);
  const instead = degradation.dropped === 'noise' ? 'Noise of its spread stands' : 'Its training mean stands';
  return (
    <>
      <div className="unseen">
        <p>
          {input
            ? `${info.label} is that of an ${name}: its layer states ship with the pack, its content does not.`
            : `${info.label} is read from ${source[info.of]}, measured beforehand with other tools, so it cannot be given here. It is missing. ${instead} in its place.`}
        </p>
      </div>
      {children}
      <SamplePicker side={side} info={info} giving={giving} />
    </>
  );
}
