import { useActions, useApp } from '../../store/react';
import { sidesOf } from '../../store/models';
import { scene } from '../../store/selectors';

/** Which two modalities of the pack, where it has more than one pairing. */
export function PairingPicker() {
  const now = useApp(scene);
  const { choosePairing } = useActions();
  if (!now || now.pack.pairings.length < 2) return null;
  const { pack, pairing } = now;
  return (
    <label className="pairing">
      <span className="hidden">Pairing: which two modalities</span>
      <select value={pairing.id} onChange={(event) => choosePairing(event.target.value)}>
        {pack.pairings.map(({ id }) => {
          const sides = sidesOf(pack, id);
          return (
            <option key={id} value={id}>
              {sides && `${sides.a.label} × ${sides.b.label}`}
            </option>
          );
        })}
      </select>
    </label>
  );
}
