// Which design is pinned and which one the pointer is on, shared by all charts and tables.

export class Selection {
  private pinnedId: number | null;
  private hoveredId: number | null = null;
  private readonly listeners: ((changed: "pinned" | "hovered") => void)[] = [];

  constructor(pinned: number | null) {
    this.pinnedId = pinned;
  }

  get pinned(): number | null {
    return this.pinnedId;
  }
  get hovered(): number | null {
    return this.hoveredId;
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
  onChange(listener: (changed: "pinned" | "hovered") => void): void {
    this.listeners.push(listener);
  }

  private tell(changed: "pinned" | "hovered"): void {
    for (const listener of this.listeners) listener(changed);
  }
}
