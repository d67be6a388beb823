import { useEffect, useRef, useState } from 'react';

/** Plays samples; a second press stops. */
export function usePlayback(): {
  playing: boolean;
  toggle(sound: () => { samples: Float32Array; sampleRate: number }): void;
} {
  const [playing, setPlaying] = useState(false);
  const now = useRef<{ context: AudioContext; source: AudioBufferSourceNode } | null>(null);
  const stop = () => {
    const last = now.current;
    now.current = null;
    setPlaying(false);
    if (last) {
      last.source.onended = null;
      void last.context.close();
    }
  };
  useEffect(() => () => void now.current?.context.close(), []);
  return {
    playing,
    toggle(sound) {
      if (now.current) return stop();
      const { samples, sampleRate } = sound();
      const context = new AudioContext();
      const buffer = context.createBuffer(1, samples.length, sampleRate);
      buffer.copyToChannel(Float32Array.from(samples), 0);
      const source = context.createBufferSource();
      source.buffer = buffer;
      source.connect(context.destination);
      source.onended = stop;
      now.current = { context, source };
      setPlaying(true);
      source.start();
    },
  };
}
