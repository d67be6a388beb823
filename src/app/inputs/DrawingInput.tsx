import { useMemo, type ReactNode } from 'react';
import { degradeDrawing } from '../../media/degrade';
import { reveal, type Drawing } from '../../media/strokes';
import { useApp } from '../../store/react';
import { Icon } from '../chrome/Icons';
import { ExamplePicker } from './ExamplePicker';
import { FileButton } from './FileButton';
import { accepted } from './files';
import { Film } from './Film';
import { blank, isBlank, lastTime, strokePath, withoutLastStroke, withStroke } from './pad';
import type { Giving, Side, SideInfo } from './side';
import { useKeyPen } from './useKeyPen';
import { usePen } from './usePen';
import { useReplay } from './useReplay';

export interface InputProps {
  side: Side;
  info: SideInfo;
  giving: Giving;
  /** The degradation sliders, between what is shown and what may be done. */
  children: ReactNode;
}

const strokes = (drawing: Drawing) =>
  drawing.strokes.map((stroke, n) => (stroke.length ? <path key={n} d={strokePath(stroke)} /> : null));

const replayMs = (drawing: Drawing) => Math.min(4000, Math.max(700, lastTime(drawing)));

/** A video given as a drawing: what the pad holds are strokes in time, what the encoder sees are frames of them. */
export function DrawingInput({
  side,
  info,
  giving,
  onFile,
  children,
}: InputProps & { onFile(file: File): void }) {
  const { input, degradation, seen } = useApp((s) => s[side]);
  const drawing = input?.kind === 'drawing' ? input.drawing : blank;
  const empty = isBlank(drawing);
  const give = (next: Drawing) => giving.give({ kind: 'drawing', drawing: next }, 'your drawing');
  const pen = usePen(drawing, give);
  const keys = useKeyPen(drawing, give);
  const replay = useReplay(replayMs(drawing));

  const live = pen.live ?? keys.live;
  const degraded = useMemo(
    () => (isBlank(drawing) ? blank : degradeDrawing(drawing, degradation)),
    [drawing, degradation],
  );
  const ghost = useMemo(
    () =>
      empty || (degradation.keep ?? 1) >= 1 ? blank : degradeDrawing(drawing, { ...degradation, keep: 1 }),
    [drawing, degradation, empty],
  );
  const shown = live
    ? withStroke(drawing, live)
    : replay.at !== null && !empty
      ? reveal(degraded, replay.at)
      : degraded;

  const canUndo = giving.canUndo || !empty;
  /** The step before; of a drawing that was here from the start, its last stroke. */
  const undo = () => {
    replay.stop();
    if (giving.canUndo) giving.undo();
    else if (drawing.strokes.length > 1) give(withoutLastStroke(drawing));
    else giving.give(null, '');
  };
  const kept = Math.round(100 * (degradation.keep ?? 1));
  return (
    <>
      <div
        className={`pad ${live ? 'live' : ''}`}
        role="application"
        aria-roledescription="drawing pad"
        aria-label={`${info.label}: ${
          empty
            ? 'the pad is empty'
            : `${drawing.strokes.length} ${drawing.strokes.length === 1 ? 'stroke' : 'strokes'}${kept < 100 ? `, the first ${kept} % shown to the encoder` : ''}`
        }. Draw with mouse, pen or finger; or move with the arrow keys, Space puts the pen down and lifts it.`}
        tabIndex={0}
        onPointerDown={(event) => {
          replay.stop();
          pen.handlers.onPointerDown(event);
        }}
        onPointerMove={pen.handlers.onPointerMove}
        onPointerUp={pen.handlers.onPointerUp}
        onPointerCancel={pen.handlers.onPointerCancel}
        onBlur={keys.leave}
        onKeyDown={(event) => {
          if ((event.ctrlKey || event.metaKey) && event.key === 'z' && canUndo) {
            event.preventDefault();
            undo();
          } else keys.onKeyDown(event);
        }}
      >
        <svg viewBox="0 0 100 100" preserveAspectRatio="xMidYMid meet" aria-hidden="true">
          {!live && <g className="ghost">{strokes(ghost)}</g>}
          <g className="ink">{strokes(shown)}</g>
          {keys.pen && (
            <circle
              className={`keypen ${keys.pen.down ? 'down' : ''}`}
              cx={keys.pen.x}
              cy={keys.pen.y}
              r={keys.pen.down ? 2.6 : 4}
            />
          )}
        </svg>
        {empty && !live && !keys.pen && <p className="hint">Draw here</p>}
      </div>
      <Film drawing={live ? shown : degraded} seen={live ? null : seen} />
      {children}
      <div className="row">
        <button
          type="button"
          className="btn sq"
          aria-label="Undo"
          title="Undo (Ctrl+Z)"
          disabled={!canUndo}
          onClick={undo}
        >
          <Icon name="undo" />
        </button>
        <button
          type="button"
          className="btn sq"
          aria-label={replay.at === null ? 'Replay the drawing' : 'Stop the replay'}
          title="Replay"
          disabled={empty}
          onClick={replay.toggle}
        >
          <Icon name={replay.at === null ? 'replay' : 'stop'} />
        </button>
        <button
          type="button"
          className="btn"
          disabled={empty}
          onClick={() => {
            replay.stop();
            giving.give(null, '');
          }}
        >
          Clear
        </button>
        <FileButton
          accept={accepted.video ?? ''}
          label={`Choose a file with a film of a drawing being made for ${info.label}`}
          onFile={onFile}
        />
        <ExamplePicker kind="drawing" side={side} info={info} giving={giving} />
      </div>
    </>
  );
}
