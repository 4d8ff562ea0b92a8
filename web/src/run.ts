// The run document (docs/report-data.md) and what the charts look up in it.

export interface Objective {
  key: string;
  label: string;
  unit: string;
  goal: "maximize" | "minimize";
  scale: number;
}

export interface LayerDetails {
  name: string;
  weight_bits: number;
  activation_bits: number;
  cycles: number;
  compute_cycles: number;
  utilization: number;
  energy: Record<string, number>;
}

export interface Details {
  id: number;
  kl_divergence?: number | null;
  weight_storage_bytes?: number | null;
  test_accuracy?: number | null;
  layers: LayerDetails[];
  [objective: string]: unknown;
}

export interface RunDocument {
  title: string;
  network: { layers: { name: string; type: string; multiply_accumulates: number; weights: number }[] };
  machine: { levels: string[] };
  objectives: Objective[];
  designs: { id: number[]; generation: number[]; feasible: boolean[] } & Record<string, (number | null)[]>;
  front: number[];
  chosen?: number | null;
  reference?: number | null;
  uniform?: { label: string; id: number }[];
  details: Details[];
  generations: { generation: number; hypervolume: number; evaluated: number; seconds: number }[];
}

/// The document with its designs as columns of numbers, in the units of the objectives. An index is a
/// design's place in the columns, an id its name.
export interface Run {
  document: RunDocument;
  objectives: Objective[];
  count: number;
  ids: Int32Array;
  generations: Int32Array;
  lastGeneration: number;
  columns: Float64Array[]; ///< by objective; NaN where infeasible
  infeasible: number;
  front: number[]; ///< indices
  onFront: Uint8Array;
  indexOf: Map<number, number>;
  detailsOf: Map<number, Details>;
  notesOf: Map<number, string[]>;
}

function numbers(column: (number | null)[] | undefined, scale: number, count: number): Float64Array {
  const values = new Float64Array(count).fill(NaN);
  for (let index = 0; index < count; ++index) {
    const value = column?.[index];
    if (value !== null && value !== undefined) values[index] = value * scale;
  }
  return values;
}

export function readRun(document: RunDocument): Run {
  const count = document.designs.id.length;
  const ids = Int32Array.from(document.designs.id);
  const generations = Int32Array.from(document.designs.generation);
  const indexOf = new Map<number, number>();
  ids.forEach((id, index) => indexOf.set(id, index));

  const front = document.front.flatMap((id) => indexOf.get(id) ?? []);
  const onFront = new Uint8Array(count);
  for (const index of front) onFront[index] = 1;

  const notesOf = new Map<number, string[]>();
  const note = (id: number | null | undefined, text: string): void => {
    if (id === null || id === undefined) return;
    notesOf.set(id, [...(notesOf.get(id) ?? []), text]);
  };
  note(document.chosen, "chosen");
  note(document.reference, "reference");
  for (const uniform of document.uniform ?? []) note(uniform.id, uniform.label);

  return {
    document,
    objectives: document.objectives,
    count,
    ids,
    generations,
    lastGeneration: generations.reduce((last, generation) => Math.max(last, generation), 0),
    columns: document.objectives.map(({ key, scale }) => numbers(document.designs[key], scale, count)),
    infeasible: document.designs.feasible.reduce((sum, feasible) => sum + (feasible ? 0 : 1), 0),
    front,
    onFront,
    indexOf,
    detailsOf: new Map(document.details.map((details) => [details.id, details])),
    notesOf,
  };
}

/// The objective's value of a design, in its unit; NaN where there is none.
export function valueOf(run: Run, objective: number, index: number): number {
  return run.columns[objective]?.[index] ?? NaN;
}

/// What a layer, or a whole design, spent where: compute first, then the memories from the outside in.
export function energyParts(run: Run): string[] {
  return ["compute", ...run.document.machine.levels];
}
