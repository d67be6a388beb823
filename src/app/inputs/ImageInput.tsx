import { useEffect, useRef, useState } from 'react';
import type { Seen } from '../../engine/protocol';
import { grabFrame, openCamera } from '../../media/browser/image-file';
import { useApp } from '../../store/react';
import { Icon } from '../chrome/Icons';
import type { InputProps } from './DrawingInput';
import { ExamplePicker } from './ExamplePicker';
import { FileButton } from './FileButton';
import { accepted } from './files';

interface Picture {
  pixels: Uint8ClampedArray;
  width: number;
  height: number;
}

function PictureView({ pixels, width, height, label }: Picture & { label: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    context?.putImageData(new ImageData(Uint8ClampedArray.from(pixels), width, height), 0, 0);
  }, [pixels, width, height]);
  return (
    <canvas ref={canvas} className="picture" width={width} height={height} role="img" aria-label={label} />
  );
}

/** Normalised planes, [3, size, size], back to colours. */
function seenPicture({ values, size, mean, deviation }: Extract<Seen, { kind: 'pixels' }>): Picture {
  const plane = size * size;
  const pixels = new Uint8ClampedArray(4 * plane);
  for (let p = 0; p < plane; p++) {
    for (let c = 0; c < 3; c++) pixels[4 * p + c] = 255 * (values[c * plane + p] * deviation[c] + mean[c]);
    pixels[4 * p + 3] = 255;
  }
  return { pixels, width: size, height: size };
}

/** The camera's live picture until one is taken. */
function Camera({
  stream,
  taken,
  cancel,
}: {
  stream: MediaStream;
  taken(picture: Picture): void;
  cancel(): void;
}) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const element = video.current;
    if (element) element.srcObject = stream;
    return () => {
      for (const track of stream.getTracks()) track.stop();
    };
  }, [stream]);
  return (
    <>
      <video ref={video} className="picture" autoPlay muted playsInline aria-label="The camera's picture" />
      <div className="row">
        <button
          type="button"
          className="btn"
          onClick={() => {
            if (video.current?.videoWidth) taken(grabFrame(video.current));
          }}
        >
          Take it
        </button>
        <button type="button" className="btn" onClick={cancel}>
          Cancel
        </button>
      </div>
    </>
  );
}

/** A picture: chosen, dropped, pasted, photographed or an example; in its corner what the encoder sees. */
export default function ImageInput({
  side,
  info,
  giving,
  onFile,
  children,
}: InputProps & { onFile(file: File): void }) {
  const { input, seen } = useApp((s) => s[side]);
  const [stream, setStream] = useState<MediaStream | null>(null);
  const picture = input?.kind === 'image' ? input : null;
  if (stream)
    return (
      <Camera
        stream={stream}
        cancel={() => setStream(null)}
        taken={(taken) => {
          setStream(null);
          giving.give({ kind: 'image', ...taken }, 'your photograph');
        }}
      />
    );
  return (
    <>
      <div className="pictures">
        {picture ? (
          <PictureView {...picture} label={`Picture of ${picture.width} × ${picture.height} pixels`} />
        ) : (
          <p className="hint">Drop, paste or choose a picture</p>
        )}
        {picture && seen?.kind === 'pixels' && (
          <PictureView
            {...seenPicture(seen)}
            label={`What the image encoder sees of it: ${seen.size} × ${seen.size} pixels`}
          />
        )}
      </div>
      {children}
      <div className="row">
        <button
          type="button"
          className="btn sq"
          aria-label="Take a picture with the camera"
          title="Camera"
          onClick={() => void openCamera().then(setStream).catch(giving.reject)}
        >
          <Icon name="camera" />
        </button>
        <FileButton
          accept={accepted.image ?? ''}
          label={`Choose a picture for ${info.label}`}
          onFile={onFile}
        />
        <ExamplePicker kind="image" side={side} info={info} giving={giving} />
      </div>
    </>
  );
}
