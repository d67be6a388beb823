import { Icon } from './chrome/Icons';
import { Popover } from './chrome/Popover';
import { useActions, useAppStore } from '../store/react';
import type { FigureId } from './exports';

/** The panel's export button: SVG, PNG or CSV of one figure. What draws them is fetched when it is asked for. */
export function ExportMenu({ figure, what }: { figure: FigureId; what: string }) {
  const store = useAppStore();
  const { notify } = useActions();
  const save = async (format: 'svg' | 'png' | 'csv'): Promise<void> => {
    try {
      const { exportFigure } = await import('./exports');
      await exportFigure(store.getState(), figure, format);
    } catch (error) {
      notify(`The figure was not saved: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  return (
    <Popover
      className="ic"
      name={`Export ${what}`}
      label={`Export ${what}`}
      title="Export"
      panelClass="menu"
      button={<Icon name="save" />}
    >
      {(close) =>
        (['svg', 'png', 'csv'] as const).map((format) => (
          <button
            key={format}
            type="button"
            onClick={() => {
              close();
              void save(format);
            }}
          >
            {format.toUpperCase()}
          </button>
        ))
      }
    </Popover>
  );
}
