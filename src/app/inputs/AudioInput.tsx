import { prepareSpeech, speechRate } from '../../media/audio';
import { meterOf } from '../../media/browser/heard';
import { limits } from '../../media/browser/limits';
import { degradeSpeech } from '../../media/degrade';
import { useApp } from '../../store/react';
import { Icon } from '../chrome/Icons';
import type { InputProps } from './DrawingInput';
import { ExamplePicker } from './ExamplePicker';
import { FileButton } from './FileButton';
import { accepted } from './files';
import { Sound } from './Sound';
import { usePlayback } from './usePlayback';
import { useRecording, type RecordingState } from './useRecording';

/** The level now, and how much of the time is left. */
function Meter({ phase, level, seconds }: RecordingState) {
  const left = Math.max(0, limits.recordSeconds - seconds);
  return (
    <div className="sound recording">
      <p>{phase === 'asking' ? 'Waiting for the microphone: allow it in the browser.' : 'Speak now'}</p>
      <div
        className="meter"
        role="meter"
        aria-label="Level of the microphone"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * meterOf(level))}
      >
        <i style={{ width: `${100 * meterOf(level)}%` }} />
      </div>
      <progress max={limits.recordSeconds} value={seconds} aria-label="Time of the recording" />
      <p className="axis">
        <span>{seconds.toFixed(1)} s</span>
        <span>stops in {left.toFixed(0)} s</span>
      </p>
    </div>
  );
}

/** Sound: recorded, chosen, dropped, pasted or an example; shown as it came and as the encoder sees it. */
export function AudioInput({
  side,
  info,
  giving,
  onFile,
  children,
}: InputProps & { onFile(file: File): void }) {
  const { input, degradation, seen } = useApp((s) => s[side]);
  const sound = input?.kind === 'audio' ? input : null;
  const recording = useRecording(giving);
  const playback = usePlayback();
  const play = () =>
    playback.toggle(() => {
      if (!sound) throw new Error('Nothing to play.');
      // as much of it as the encoder hears
      const seconds = seen?.kind === 'logmel' ? seen.frames / 100 : undefined;
      const heard = prepareSpeech(sound.samples, sound.sampleRate, seconds).samples;
      return { samples: degradeSpeech(heard, degradation), sampleRate: speechRate };
    });
  const off = recording.phase === 'off';
  return (
    <>
      {off ? (
        <Sound
          samples={sound?.samples ?? null}
          sampleRate={sound?.sampleRate ?? 1}
          seen={sound ? seen : null}
        />
      ) : (
        <Meter {...recording} />
      )}
      {children}
      <div
        className="row"
        onKeyDown={(event) => {
          if (event.key === 'Escape' && !off) {
            event.preventDefault();
            recording.cancel();
          }
        }}
      >
        <button
          type="button"
          className="btn rec"
          aria-pressed={!off}
          onClick={off ? recording.start : recording.phase === 'on' ? recording.stop : recording.cancel}
        >
          {off ? <i aria-hidden="true" /> : <Icon name="stop" />}
          {off ? 'Record' : recording.phase === 'on' ? 'Stop' : 'Cancel'}
        </button>
        {off ? (
          <>
            <FileButton
              accept={accepted.audio ?? ''}
              label={`Choose a sound file for ${info.label}`}
              onFile={onFile}
            />
            <ExamplePicker kind="audio" side={side} info={info} giving={giving} />
            <button
              type="button"
              className="btn sq"
              aria-label={playback.playing ? 'Stop playing' : 'Play what the encoder hears'}
              title="Play what the encoder hears"
              disabled={!sound}
              onClick={play}
            >
              <Icon name={playback.playing ? 'stop' : 'play'} />
            </button>
          </>
        ) : (
          <button type="button" className="btn" onClick={recording.cancel}>
            Forget it
          </button>
        )}
      </div>
    </>
  );
}
