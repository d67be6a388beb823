import { useId, useRef, useState, type ReactNode } from 'react';

export interface PopoverProps {
  /** What the button shows, and its accessible name where that differs. */
  button: ReactNode;
  label?: string;
  title?: string;
  className: string;
  /** Name of the surface. */
  name: string;
  panelClass?: string;
  /** Shown only while open; `close` gives the focus back to the button. */
  children: (close: () => void) => ReactNode;
}

const gap = 6;

/** Places a surface under its button, or above it, inside the window. */
function place(panel: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = panel;
  const left = Math.min(window.innerWidth - width - gap, Math.max(gap, at.left));
  const below = at.bottom + gap;
  const fits = below + height <= window.innerHeight - gap;
  const top = fits ? below : Math.max(gap, at.top - gap - height);
  panel.style.left = `${left}px`;
  panel.style.top = `${top}px`;
}

/** A button with a surface in the browser's top layer: Esc and a click beside it close it, the focus comes back. */
export function Popover({ button, label, title, className, name, panelClass, children }: PopoverProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  // Hiding gives the focus back to where it was before.
  const close = () => document.getElementById(id)?.hidePopover();
  return (
    <>
      <button
        ref={opener}
        type="button"
        className={className}
        aria-label={label}
        title={title}
        aria-haspopup="dialog"
        aria-expanded={open}
        popoverTarget={id}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        role="dialog"
        aria-label={name}
        className={`sheet ${panelClass ?? ''}`}
        onToggle={(event) => {
          const shown = event.newState === 'open';
          setOpen(shown);
          if (shown && panel.current && opener.current) {
            const [surface, at] = [panel.current, opener.current];
            requestAnimationFrame(() => {
              place(surface, at);
              surface.querySelector<HTMLElement>('[data-autofocus], button, input, select, a')?.focus();
            });
          }
        }}
      >
        {open && children(close)}
      </div>
    </>
  );
}
