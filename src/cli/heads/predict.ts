/** The page evaluates studies with the same code. */
export * from '../../packs/predictions';
