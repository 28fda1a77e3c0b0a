/** Tabs, with the arrow keys that go with them. */

export class Tabs {
  constructor(list, { panels, onOpen }) {
    this.tabs = [...list.querySelectorAll('[role="tab"]')];
    this.panels = panels;
    this.onOpen = onOpen;
    for (const panel of panels) panel.setAttribute("role", "tabpanel");
    for (const tab of this.tabs) tab.addEventListener("click", () => this.open(this.#nameOf(tab)));
    list.addEventListener("keydown", (event) => this.#pressed(event));
  }

  open(name) {
    this.current = name;
    for (const tab of this.tabs) {
      const chosen = this.#nameOf(tab) === name;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
    }
    for (const panel of this.panels) panel.hidden = panel.dataset.panel !== name;
    this.onOpen(name);
  }

  #nameOf(tab) {
    return tab.id.replace("tab-", "");
  }

  #pressed(event) {
    const count = this.tabs.length;
    const at = this.tabs.findIndex((tab) => tab.tabIndex === 0);
    const forward = document.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
    const back = document.dir === "rtl" ? "ArrowRight" : "ArrowLeft";
    const to = { [forward]: (at + 1) % count, [back]: (at + count - 1) % count, Home: 0, End: count - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    this.tabs[to].focus();
    this.open(this.#nameOf(this.tabs[to]));
  }
}
