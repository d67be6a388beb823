import {
  memo,
  useCallback,
  useMemo,
  useRef,
  type CSSProperties,
  type FocusEvent,
  type KeyboardEvent,
  type ReactNode,
} from 'react';
import type { ColourScale } from './colour';
import { inkOn } from './colour';
import type { Limit } from './Legend';
import { show, type Quantity } from './format';
import { columns, corner, diagonalStitches, moveCell, rowsDown, type Cell } from './grid';

export interface AxisName {
  /** "drawn", "Latin text". */
  label: string;
  /** "TimeSformer". */
  family: string;
}

/** The probes beside the matrix: one value a layer, and which layer is underlined as the best. */
export interface Margin {
  values: ArrayLike<number>;
  best: number | null;
}

export interface MatrixData {
  la: number;
  lb: number;
  a: AxisName;
  b: AxisName;
  quantity: Quantity;
  /** [la·lb] row by row of A; NaN where a pair has no value, which is hatched. */
  values: ArrayLike<number>;
  scale: ColourScale;
  /** A value that none can truly be above, drawn in the legend. */
  limit?: Limit;
  margins: { a: Margin; b: Margin; quantity: Quantity } | null;
  /** The strategy's mask, outlined. */
  mask: Cell[];
  /** A cell of the diagonal that is stitched, or none. */
  diagonal: Cell | null;
  /** Sample mode: what each head answers, short enough for a cell, and whether it differs from the answer in use. */
  says?: { text: string; differs: boolean }[];
}

export interface AlignmentMatrixProps extends MatrixData {
  /** Name of the grid for screen readers, without its axes. */
  label: string;
  /** What a cell says when it is read out. */
  describe(cell: Cell): string;
  /** Where the grid's one tab stop is, and what the margins emphasise. */
  at: Cell;
  onFocus(cell: Cell | null, byKeyboard: boolean): void;
  onChoose(cell: Cell): void;
  onBack(): void;
  /** Over the cells: what the matrix waits for. */
  children?: ReactNode;
}

const idOf = ({ i, j }: Cell): string => `cell-${i}-${j}`;

/** The cell that an event happened in. */
function cellOf(target: EventTarget): Cell | null {
  const element = (target as Element).closest<HTMLElement>('[data-i]');
  return element ? { i: Number(element.dataset.i), j: Number(element.dataset.j) } : null;
}

/**
 * The 12 × 12 matrix: one tab stop; arrows, Home, End, PageUp and PageDown read out; click, Enter or Space choose;
 * Esc goes back. Hovering reads out too and never chooses.
 */
export function AlignmentMatrix(props: AlignmentMatrixProps) {
  const { la, lb, a, b, at, onFocus, onChoose, onBack } = props;
  const grid = useRef<HTMLDivElement>(null);
  const hovered = useRef('');
  const point = useCallback(
    (cell: Cell | null, byKeyboard: boolean) => {
      const key = cell ? idOf(cell) : '';
      if (key === hovered.current && !byKeyboard) return;
      hovered.current = key;
      onFocus(cell, byKeyboard);
    },
    [onFocus],
  );
  const onKeyDown = (event: KeyboardEvent): void => {
    const cell = cellOf(event.target);
    if (!cell || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Enter' || event.key === ' ') onChoose(cell);
    else if (event.key === 'Escape') onBack();
    else {
      const to = moveCell(cell, event.key, la, lb);
      if (!to) return;
      grid.current?.querySelector<HTMLElement>(`[data-i="${to.i}"][data-j="${to.j}"]`)?.focus();
    }
    event.preventDefault();
  };
  const onFocusIn = (event: FocusEvent): void => {
    const cell = cellOf(event.target);
    if (cell && (event.target as Element).matches(':focus-visible')) point(cell, true);
  };
  return (
    <div className="matrix" style={{ '--la': la, '--lb': lb } as CSSProperties}>
      {props.margins ? <p className="matrix-alone matrix-alone-b">B alone</p> : null}
      <Margins {...props} side="b" on={at.j} />
      {props.margins ? <p className="matrix-alone matrix-alone-a">A alone</p> : null}
      <p className="matrix-axis-a">
        <span>
          <b>A</b> {a.label} · {a.family} layer <b>i</b>
        </span>
      </p>
      <div className="matrix-rows" aria-hidden="true">
        {rowsDown(la).map((i) => (
          <span key={i} className={i === at.i ? 'on' : undefined}>
            {i}
          </span>
        ))}
      </div>
      <div className="matrix-body">
        <div
          ref={grid}
          role="grid"
          className="matrix-grid"
          aria-rowcount={la}
          aria-colcount={lb}
          aria-multiselectable="true"
          aria-label={`${props.label}. Rows: A, ${a.label}, ${a.family}, layer ${la} on top. Columns: B, ${b.label}, ${b.family}.`}
          onKeyDown={onKeyDown}
          onFocus={onFocusIn}
          onBlur={() => point(null, false)}
          onClick={(event) => {
            const cell = cellOf(event.target);
            if (cell) onChoose(cell);
          }}
          onPointerOver={(event) => {
            if (event.pointerType !== 'touch') point(cellOf(event.target), false);
          }}
          onPointerLeave={() => point(null, false)}
        >
          <Cells {...props} />
        </div>
        <MatrixMarks {...props} />
        {props.children}
      </div>
      <Margins {...props} side="a" on={at.i} />
      <div className="matrix-columns" aria-hidden="true">
        {columns(lb).map((j) => (
          <span key={j} className={j === at.j ? 'on' : undefined}>
            {j}
          </span>
        ))}
      </div>
      <p className="matrix-axis-b">
        <span>
          <b>B</b> {b.label} · {b.family} layer <b>j</b>
        </span>
      </p>
    </div>
  );
}

interface Painted {
  i: number;
  j: number;
  fill?: string;
  ink?: string;
  label: string;
  text?: string;
  kind?: 'differs' | 'void';
}

/** Colours and words of the cells are worked out when the values change; a strategy that moves only selects. */
function Cells({ la, lb, values, scale, says, mask, at, describe }: AlignmentMatrixProps) {
  const painted = useMemo(
    () =>
      rowsDown(la).map((i) =>
        columns(lb).map((j): Painted => {
          const n = (i - 1) * lb + j - 1;
          const has = Number.isFinite(values[n]);
          const fill = has ? scale.colour(values[n]) : undefined;
          return {
            i,
            j,
            fill,
            ink: fill && inkOn(fill),
            label: describe({ i, j }),
            text: says?.[n]?.text,
            kind: has ? (says?.[n]?.differs ? 'differs' : undefined) : 'void',
          };
        }),
      ),
    [la, lb, values, scale, says, describe],
  );
  const chosen = new Set(mask.map(idOf));
  return painted.map((row, r) => (
    <div role="row" key={row[0].i} aria-rowindex={r + 1}>
      {row.map((cell) => (
        <CellView
          key={cell.j}
          cell={cell}
          selected={chosen.has(idOf(cell))}
          stop={cell.i === at.i && cell.j === at.j}
        />
      ))}
    </div>
  ));
}

const CellView = memo(function CellView({
  cell,
  selected,
  stop,
}: {
  cell: Painted;
  selected: boolean;
  stop: boolean;
}) {
  return (
    <div
      role="gridcell"
      data-i={cell.i}
      data-j={cell.j}
      aria-colindex={cell.j}
      aria-selected={selected}
      aria-label={cell.label}
      tabIndex={stop ? 0 : -1}
      className={cell.kind}
      style={cell.fill ? { background: cell.fill, color: cell.ink } : undefined}
    >
      {cell.text}
    </div>
  );
});

/** The skew's diagonal and the outline of the strategy's mask, over the cells. */
const MatrixMarks = memo(function MatrixMarks({ la, lb, mask, diagonal }: MatrixData) {
  return (
    <svg className="matrix-marks" viewBox={`0 0 ${lb} ${la}`} preserveAspectRatio="none" aria-hidden="true">
      <Marks la={la} lb={lb} mask={mask} diagonal={diagonal} />
    </svg>
  );
});

export function Marks({ la, lb, mask, diagonal }: Pick<MatrixData, 'la' | 'lb' | 'mask' | 'diagonal'>) {
  const stitches = diagonal ? diagonalStitches(diagonal, la, lb) : '';
  const boxes = mask
    .map((cell) => corner(cell, la))
    .map(({ x, y }) => `M${x + 0.03} ${y + 0.03}h.94v.94h-.94z`)
    .join('');
  return (
    <>
      <path className="stitch-under" d={stitches} />
      <path className="stitch" d={stitches} />
      <path className="box-under" d={boxes} />
      <path className="box" d={boxes} />
    </>
  );
}

const Margins = memo(function Margins({
  margins,
  side,
  on,
  la,
  lb,
}: MatrixData & { side: 'a' | 'b'; on: number }) {
  const layers = side === 'a' ? rowsDown(la) : columns(lb);
  const margin = margins?.[side];
  const top = Math.max(1e-9, ...Array.from(margin?.values ?? []).filter(Number.isFinite));
  return (
    <div className={`matrix-margin matrix-margin-${side}`} aria-hidden="true">
      {margin && margins
        ? layers.map((layer) => {
            const value = margin.values[layer - 1];
            const names = [layer === on && 'on', layer === margin.best && 'best'].filter(Boolean).join(' ');
            return (
              <span key={layer} className={names || undefined}>
                <i style={{ '--v': Math.max(0, value / top) || 0 } as CSSProperties} />
                <em>{show(margins.quantity, value)}</em>
              </span>
            );
          })
        : null}
    </div>
  );
});
