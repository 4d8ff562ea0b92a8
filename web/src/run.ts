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
  weight_storage_bytes?: number;
  cycles?: number; ///< what schedules cost; absent on a board, which has none
  compute_cycles?: number;
  utilization?: number;
  energy?: Record<string, number>;
  traffic_bits?: Record<string, number>;
  mapping?: number | null;
  flash_bytes?: number; ///< of a board's image: the layer's share, and what it needs while it runs
  ram_bytes?: number;
}

export interface Loop {
  dimension: string;
  iterations: number;
  step: number;
}

/// Processing elements.
export interface Array2D {
  rows: number;
  columns: number;
}

export interface Mapping {
  extents: Record<string, number>;
  levels: string[];
  temporal: { loops: Loop[] }[];
  rows: Loop[];
  columns: Loop[];
  lanes: Loop;
  held?: Record<string, number>[]; ///< by memory and operand: blocks outside its tile; -1 goes around it
}

export interface MemoryMap {
  size_bytes: number;
  steps: string[];
  places: { tensor: string; offset_bytes: number; size_bytes: number; first_step: number; last_step: number }[];
}

export interface Details {
  id: number;
  accuracy?: number;
  kl_divergence?: number | null;
  weight_storage_bytes?: number | null;
  test_accuracy?: number | null;
  confusion?: number[];
  layers: LayerDetails[];
  memory?: MemoryMap;
  machine?: string; ///< where the run chose hardware too
  luts?: number;
  brams?: number;
  strategy?: object;
  [objective: string]: unknown;
}

export interface NetworkLayer {
  name: string;
  type: string;
  multiply_accumulates: number;
  weights: number;
}

export interface NetworkNode {
  name: string;
  type: string;
  shape: string;
  inputs: number[];
  layer?: number | null;
}

export interface RunDocument {
  document_version: number;
  title: string;
  tandem_version: string;
  job: string;
  seed: number;
  dataset: { name: string; validation_samples?: number; test_samples?: number; classes?: string[] };
  network: { name: string; layers: NetworkLayer[]; nodes: NetworkNode[] };
  machine: {
    name: string;
    description: string;
    levels: string[];
    array?: Array2D;
    outermost_bandwidth_bits_per_cycle?: number;
  };
  objectives: Objective[];
  constraints: { objective: string; bound: number; label: string }[];
  hypervolume_reference?: number[];
  reasons: string[];
  designs: { id: number[]; generation: number[]; feasible: boolean[]; reason: (number | null)[] } & Record<string, (number | null)[]>;
  front: number[];
  chosen?: number | null;
  knee?: number | null;
  reference?: number | null;
  uniform?: { label: string; id: number }[];
  details: Details[];
  mappings: Mapping[];
  generations: { generation: number; hypervolume: number; proposed?: number; evaluated: number; seconds: number }[];
  phases?: { name: string; seconds: number }[];
  artifacts?: { name: string; text?: string; base64?: string }[];
  live?: { expected: number; finished: boolean };
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
  unpriced: number; ///< designs that do not fit the machine
  excluded: number; ///< designs that fit and miss a constraint
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
  note(document.chosen, "balanced choice");
  note(document.knee, "knee of the front");
  note(document.reference, "reference");
  for (const uniform of document.uniform ?? []) note(uniform.id, uniform.label);

  const columns = document.objectives.map(({ key, scale }) => numbers(document.designs[key], scale, count));
  let unpriced = 0;
  for (let index = 0; index < count; ++index) if (Number.isNaN(columns[0]![index]!)) ++unpriced;

  // The best of the front in each objective; one that has a name already keeps it.
  document.objectives.forEach(({ label, goal }, objective) => {
    const values = columns[objective]!;
    let best = -1;
    for (const index of front) {
      if (best < 0 || (goal === "maximize" ? values[index]! > values[best]! : values[index]! < values[best]!)) best = index;
    }
    if (best < 0) return;
    const notes = notesOf.get(ids[best]!) ?? [];
    const place = notes.findIndex((text) => text.startsWith("best "));
    if (place < 0) note(ids[best], `best ${label.toLowerCase()}`);
    else notes[place] += ` and ${label.toLowerCase()}`;
  });

  return {
    document,
    objectives: document.objectives,
    count,
    ids,
    generations,
    lastGeneration: generations.reduce((last, generation) => Math.max(last, generation), 0),
    columns,
    unpriced,
    excluded: document.designs.feasible.reduce((sum, feasible) => sum + (feasible ? 0 : 1), 0) - unpriced,
    front,
    onFront,
    indexOf,
    detailsOf: new Map(document.details.map((details) => [details.id, details])),
    notesOf,
  };
}

/// The name of the machine that a design is for.
export function machineOf(run: Run, details: Details | undefined): string {
  return details?.machine ?? run.document.machine.name;
}

/// The array that a design is for, where it is described: the document holds one machine, the chosen design's.
export function arrayOf(run: Run, details: Details | undefined): Array2D | undefined {
  const { machine } = run.document;
  return machineOf(run, details) === machine.name ? machine.array : undefined;
}

/// The objective's value of a design, in its unit; NaN where there is none.
export function valueOf(run: Run, objective: number, index: number): number {
  return run.columns[objective]?.[index] ?? NaN;
}

/// Whether the machine runs the image of a whole network, so that no layer has a schedule.
export function isBoard(run: Run): boolean {
  return run.document.machine.levels.length === 0;
}

/// All that a layer spent; 0 where it has no schedule.
export function spentEnergy(layer: LayerDetails): number {
  return Object.values(layer.energy ?? {}).reduce((sum, value) => sum + value, 0);
}

/// What a layer, or a whole design, spent where: compute first, then the memories from the outside in.
export function energyParts(run: Run): string[] {
  return ["compute", ...run.document.machine.levels];
}
