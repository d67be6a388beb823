import { useEffect, useRef, useState } from 'react';
import { requireSound } from '../../media/browser/heard';
import { limits } from '../../media/browser/limits';
import { startRecording, type Recording } from '../../media/browser/recorder';
import type { Giving } from './side';

export type RecordingPhase = 'off' | 'asking' | 'on';

export interface RecordingState {
  phase: RecordingPhase;
  /** Root mean square of the latest moment. */
  level: number;
  seconds: number;
  start(): void;
  stop(): void;
  /** Ends without giving anything; the earlier input stays. */
  cancel(): void;
}

/** A recording for one side: asks for the microphone, measures, stops at the limit, gives what was heard. */
export function useRecording(giving: Giving): RecordingState {
  const [phase, setPhase] = useState<RecordingPhase>('off');
  const [meter, setMeter] = useState({ level: 0, seconds: 0 });
  const recording = useRef<Recording | null>(null);
  /** Which attempt is the current one: a permission that comes after a cancel opens nothing. */
  const attempt = useRef(0);

  useEffect(
    () => () => {
      attempt.current++;
      recording.current?.cancel();
    },
    [],
  );

  const reset = () => {
    recording.current = null;
    setPhase('off');
    setMeter({ level: 0, seconds: 0 });
  };

  async function stop(): Promise<void> {
    const now = recording.current;
    if (!now) return;
    reset();
    try {
      const sound = await now.stop();
      requireSound(sound.samples, sound.sampleRate, 'The recording');
      giving.give({ kind: 'audio', ...sound }, 'your recording');
    } catch (error) {
      giving.reject(error);
    }
  }
  const latestStop = useRef(stop);
  useEffect(() => {
    latestStop.current = stop;
  });

  async function start(): Promise<void> {
    const mine = ++attempt.current;
    setPhase('asking');
    try {
      const opened = await startRecording(limits.recordSeconds, {
        level: (level, seconds) => setMeter({ level, seconds }),
        ended: () => void latestStop.current(),
      });
      if (mine !== attempt.current) return opened.cancel();
      recording.current = opened;
      setPhase('on');
    } catch (error) {
      if (mine !== attempt.current) return;
      reset();
      giving.reject(error);
    }
  }

  return {
    phase,
    ...meter,
    start: () => void start(),
    stop: () => void stop(),
    cancel: () => {
      attempt.current++;
      recording.current?.cancel();
      reset();
    },
  };
}
