/** Two-tone hatch of the mask: seen on light and on dark cells alike. */
export function DarkLightHatch({ id }: { id: string }) {
  return (
    <pattern id={id} width={5} height={5} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <path d="M1.2 0v5" stroke="#0d1417" strokeWidth={1.3} />
      <path d="M2.6 0v5" stroke="#ffffff" strokeWidth={1.3} />
    </pattern>
  );
}

/** The page's hatch of what does not exist, referred to as #hatch-void; drawn once, in the shell. */
export function VoidHatch() {
  return (
    <pattern id="hatch-void" width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
      <path className="hatch-line" d="M1 0v6" />
    </pattern>
  );
}
