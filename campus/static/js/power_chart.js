// The live chart of power: one Plotly figure that the page extends, and that follows the theme.

/* global Plotly */

const MOST_POINTS = 1_500;
const dark = matchMedia("(prefers-color-scheme: dark)");

export class PowerChart {
  constructor(place, data) {
    this.place = place;
    this.draw(data);
    dark.addEventListener("change", () => Plotly.relayout(place, { template: this.template() }));
  }

  /** Draw the figure of `data` from the start. */
  draw(data) {
    this.data = data;
    this.shift = new Date(`${data.figure.layout.xaxis.range[1]}Z`) - data.now * 1000;
    const layout = { ...data.figure.layout, template: this.template() };
    Plotly.react(this.place, data.figure.data, layout, data.config);
  }

  /** Add points: [{at: ms since the epoch, power}], oldest first. One call a batch. */
  extend(points) {
    const local = (at) => new Date(at + this.shift).toISOString().slice(0, -1);
    const x = points.map((point) => local(point.at));
    const end = points.at(-1).at;
    const y = this.data.meanings.map((meaning, place) => {
      const unknown = this.data.areas[place] ? 0 : null;
      return points.map(({ power }) => kilowatts(power[meaning]) ?? unknown);
    });
    const traces = y.map((_values, place) => place);
    this.place.layout.xaxis.range = [local(end - this.data.window * 1000), local(end)];
    return Plotly.extendTraces(this.place, { x: traces.map(() => x), y }, traces, MOST_POINTS);
  }

  template() {
    const chosen = document.documentElement.dataset.theme;
    return this.data.templates[chosen || (dark.matches ? "dark" : "light")];
  }
}

const kilowatts = (watts) => (watts === null ? null : Math.round(watts) / 1000);
