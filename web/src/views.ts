// The views of the page: one open at a time, the name of each in the address, all of them on paper.
import { catchUpAll } from "./chart";
import { byId, element } from "./dom";

export interface View {
  name: string;
  label: string;
  sections: string[]; ///< ids of the elements that it shows
}

export class Views {
  private readonly links = new Map<string, HTMLAnchorElement>();

  constructor(private readonly views: View[]) {
    const nav = element("nav", { "aria-label": "Views" });
    for (const { name, label } of views) {
      const link = element("a", { href: `#${name}` }, label);
      this.links.set(name, link);
      nav.append(link);
    }
    document.querySelector("main")?.prepend(nav);
    addEventListener("hashchange", () => this.show());
    this.show();
  }

  open(name: string): void {
    if (location.hash === `#${name}`) this.show();
    else location.hash = name;
  }

  private show(): void {
    const wanted = location.hash.slice(1);
    const open = this.views.find(({ name }) => name === wanted) ?? this.views[0]!;
    for (const view of this.views) {
      const link = this.links.get(view.name)!;
      if (view === open) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
      for (const id of view.sections) byId(id)?.classList.toggle("closed", view !== open);
    }
    scrollTo({ top: 0 });
    catchUpAll();
  }
}
