// What is pinned, what the pointer is on and what is brushed, shared by all charts and tables.
import type { Run } from "./run";

export type Range = [number, number];
type Change = "pinned" | "hovered" | "brushed";

export class Selection {
  private pinnedId: number | null;
  private hoveredId: number | null = null;
  private readonly listeners: ((changed: Change) => void)[] = [];
  private readonly ranges: (Range | null)[];
  /// 1 where a design is inside every range, by index.
  readonly inside: Uint8Array;
  selected: number; ///< how many are

  constructor(
    private readonly run: Run,
    pinned: number | null,
  ) {
    this.pinnedId = pinned;
    this.ranges = run.objectives.map(() => null);
    this.inside = new Uint8Array(run.count).fill(1);
    this.selected = run.count;
  }

  get pinned(): number | null {
    return this.pinnedId;
  }
  get hovered(): number | null {
    return this.hoveredId;
  }
  get isBrushed(): boolean {
    return this.ranges.some((range) => range !== null);
  }
  /// In the objective's unit; null: all.
  range(objective: number): Range | null {
    return this.ranges[objective] ?? null;
  }

  pin(id: number): void {
    if (id === this.pinnedId) return;
    this.pinnedId = id;
    this.tell("pinned");
  }
  hover(id: number | null): void {
    if (id === this.hoveredId) return;
    this.hoveredId = id;
    this.tell("hovered");
  }
  /// New ranges for some objectives; null frees one.
  brush(changes: [number, Range | null][]): void {
    for (const [objective, range] of changes) this.ranges[objective] = range;
    this.inside.fill(1);
    this.ranges.forEach((range, objective) => {
      if (range === null) return;
      const values = this.run.columns[objective]!;
      for (let index = 0; index < values.length; ++index) {
        const value = values[index]!;
        if (!(value >= range[0] && value <= range[1])) this.inside[index] = 0;
      }
    });
    this.selected = this.inside.reduce((sum, one) => sum + one, 0);
    this.tell("brushed");
  }
  clear(): void {
    if (this.isBrushed) this.brush(this.ranges.map((_, objective) => [objective, null]));
  }
  onChange(listener: (changed: Change) => void): void {
    this.listeners.push(listener);
  }

  private tell(changed: Change): void {
    for (const listener of this.listeners) listener(changed);
  }
}
