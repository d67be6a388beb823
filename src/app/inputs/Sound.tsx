import { useEffect, useMemo, useRef } from 'react';
import type { Seen } from '../../engine/protocol';
import { useShownTheme } from '../chrome/theme';
import { greys, outlinePath } from './wave';

const columns = 240;

/** Lightness of the weakest and of the strongest cell. */
const ramp = { light: [236, 23], dark: [32, 236] } as const;

function Mel({ seen }: { seen: Extract<Seen, { kind: 'logmel' }> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useShownTheme();
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { used: frames, bins } = seen;
    const grey = greys(seen.values.subarray(0, frames * bins));
    const image = context.createImageData(frames, bins);
    const [weak, strong] = ramp[theme];
    for (let t = 0; t < frames; t++)
      for (let f = 0; f < bins; f++) {
        // Low frequencies at the foot.
        const at = 4 * ((bins - 1 - f) * frames + t);
        image.data.fill(weak + grey[t * bins + f] * (strong - weak), at, at + 3);
        image.data[at + 3] = 255;
      }
    context.putImageData(image, 0, 0);
  }, [seen, theme]);
  return (
    <canvas
      ref={canvas}
      width={seen.used}
      height={seen.bins}
      role="img"
      aria-label={`Log-mel spectrogram as the audio encoder sees it: ${seen.used} of its ${seen.frames} frames hold sound, ${seen.bins} bands`}
    />
  );
}

export interface SoundProps {
  samples: Float32Array | null;
  sampleRate: number;
  seen: Seen | null;
}

const seconds = (value: number): string => `${value.toFixed(2)} s`;

/** The recording with the part that is kept, and below it what the encoder makes of that part. */
export function Sound({ samples, sampleRate, seen }: SoundProps) {
  const path = useMemo(() => samples && outlinePath(samples, columns), [samples]);
  const mel = seen?.kind === 'logmel' ? seen : null;
  const length = samples ? samples.length / sampleRate : 0;
  const x = (at: number) => (columns * at) / Math.max(length, 1e-6);
  const trim = samples && mel ? mel.trim : null;
  return (
    <div className="sound">
      {samples && path ? (
        <svg
          className="wave"
          viewBox={`-2 0 ${columns + 4} 2`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Waveform of ${seconds(length)}${trim ? `, from ${seconds(trim[0])} to ${seconds(trim[1])} are kept` : ''}`}
        >
          <path d={path} />
          {trim && (
            <path
              className="trim"
              d={`M${x(trim[0]) + 5} .02H${x(trim[0])}V1.98H${x(trim[0]) + 5}M${x(trim[1]) - 5} .02H${x(trim[1])}V1.98H${x(trim[1]) - 5}`}
            />
          )}
        </svg>
      ) : (
        <p className="hint">Record, drop or choose a sound</p>
      )}
      <div className="mel">
        {mel ? <Mel seen={mel} /> : samples && <p className="fine">log-mel follows</p>}
      </div>
      <p className="axis">
        {samples && (
          <>
            <span>0 s</span>
            <span className="mid">{mel ? 'waveform · log-mel' : 'waveform'}</span>
            <span>{seconds(length)}</span>
          </>
        )}
      </p>
    </div>
  );
}
