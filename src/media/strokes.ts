/** A drawing: strokes in the order they were drawn, points with time. Rendering: see below. */

/** x to the right, y downwards, any unit; t in milliseconds from the start of the drawing. */
export interface StrokePoint {
  x: number;
  y: number;
  t: number;
}

export interface Drawing {
  strokes: StrokePoint[][];
}
