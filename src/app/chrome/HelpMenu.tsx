import { Icon } from './Icons';
import { Popover } from './Popover';

export const papers = [
  {
    href: 'https://doi.org/10.21203/rs.3.rs-5208094/v1',
    text: 'Hu et al. 2024, Skew-pair fusion theory',
  },
  {
    href: 'https://arxiv.org/abs/2109.00922',
    text: 'Colombo et al. 2021, Improving multimodal fusion via mutual dependency maximisation',
  },
];

const keys: [string, string][] = [
  ['Matrix', 'arrows read out, Enter chooses a pair, Esc goes back'],
  ['Sliders', 'arrows; Page Up and Page Down in larger steps'],
  ['Pad', 'arrows move the pen, Space puts it down, Ctrl+Z undoes'],
  ['Record', 'Space starts and stops, Esc forgets'],
];

const words: [string, string][] = [
  ['Layer pair (i, j)', 'layer i of A fused with layer j of B'],
  ['Skew d', 'i − j: how far the fused layers are apart'],
  ['Sparsity η', 'fused pairs out of 12'],
  ['Late', 'the last layer of each: (12, 12)'],
  ['Pairwise', 'all twelve pairs with d = 0'],
  ['SSFN', 'one pair, at the skew that is best on validation'],
  ['Fusion gain', 'the fused model less the best single-modality probe'],
];

/** What this is, the tour, the keys, the words, the papers. */
export function HelpMenu({ onTour }: { onTour(): void }) {
  return (
    <Popover
      className="ic"
      label="Help and two-minute tour"
      title="Help and tour"
      name="Help"
      panelClass="help"
      button={<Icon name="help" />}
    >
      {(close) => (
        <>
          <p>
            Two encoders each look at one input. Skewscope shows which layer of one should meet which layer of
            the other, how many such meetings are needed, and what fusing them buys. Everything runs in this
            tab.
          </p>
          <button
            type="button"
            className="btn wide"
            onClick={() => {
              close();
              onTour();
            }}
          >
            Take the two-minute tour
          </button>
          <h2>Keys</h2>
          <dl className="pairs">
            {keys.map(([term, what]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <h2>Words</h2>
          <dl className="pairs">
            {words.map(([term, what]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <h2>The papers</h2>
          <ul>
            {papers.map(({ href, text }) => (
              <li key={href}>
                <a href={href} target="_blank" rel="noreferrer">
                  {text}
                </a>
              </li>
            ))}
          </ul>
          <p className="fine">Following a link leaves this page; nothing of what you gave goes with it.</p>
        </>
      )}
    </Popover>
  );
}
