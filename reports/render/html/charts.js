// Charts that answer to the pointer and to arrow keys, in the place of the static pictures. Reads the JSON of
// html_chart_data.cpp: an estimate is [value, low, high], without bounds [value], without an upper bound
// [value, low, null]; an axis is {title, style, decimals, money, prefix, log, min, max, ticks: [value, text]}.
(function () {
  'use strict';
  const block = document.getElementById('chart-data');
  if (!block || typeof Chart === 'undefined') return;
  const specs = JSON.parse(block.textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const marks = ['circle', 'rect', 'rectRot', 'triangle'];
  const dashes = [[], [8, 4], [2, 3], [10, 3, 2, 3], [], [8, 4], [2, 3], [10, 3, 2, 3]];

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
  const seriesColour = (i) => colour('s' + (i % 8));

  function digits(value, decimals) {
    return Math.abs(value).toLocaleString('en-US', {minimumFractionDigits: decimals, maximumFractionDigits: decimals});
  }

  // Three digits of what is below one, as everywhere in costwar.
  function moneyDecimals(value) {
    const size = Math.abs(value);
    return size === 0 || size >= 1 ? 2 : Math.min(15, Math.max(2, 2 - Math.floor(Math.log10(size))));
  }

  function valueText(axis, value, decimals) {
    if (value === null || value === undefined) return '∞';
    const scaled = axis.style === 'share' || axis.style === 'points' ? value * 100 : value;
    const sign = scaled < 0 ? '−' : '';
    const places = decimals !== undefined ? decimals : axis.money ? moneyDecimals(scaled) : axis.decimals;
    const text = sign + axis.prefix + digits(scaled, places);
    return text + (axis.style === 'share' ? ' %' : axis.style === 'factor' ? '×' : '');
  }

  function estimateText(axis, estimate) {
    const text = valueText(axis, estimate[0]);
    if (estimate.length < 3) return text;
    const bare = Object.assign({}, axis, {prefix: '', style: axis.style === 'share' ? 'points' : axis.style});
    const places = axis.money ? moneyDecimals(estimate[0]) : axis.decimals;
    return text + ' [' + valueText(bare, estimate[1], places) + ', ' + valueText(bare, estimate[2], places) + ']';
  }

  function scaleOptions(axis) {
    return {
      type: axis.log ? 'logarithmic' : 'linear', min: axis.min, max: axis.max,
      title: {display: true, text: axis.title, color: colour('quiet')},
      grid: {color: colour('grid'), borderColor: colour('line')},
      afterBuildTicks: (scale) => { scale.ticks = axis.ticks.map((tick) => ({value: tick[0]})); },
      ticks: {color: colour('quiet'), maxRotation: 0, callback: (value, index) => axis.ticks[index][1]},
    };
  }

  // Intervals: dataset.intervals[i] is {x: [low, high], y: [low, high]}, either may be absent.
  const intervals = {
    id: 'intervals',
    afterDatasetsDraw(chart) {
      const pen = chart.ctx;
      chart.data.datasets.forEach((dataset, d) => {
        if (!dataset.intervals || !chart.isDatasetVisible(d)) return;
        chart.getDatasetMeta(d).data.forEach((element, i) => {
          for (const side of ['x', 'y']) {
            const bounds = dataset.intervals[i] && dataset.intervals[i][side];
            if (!bounds) continue;
            const scale = chart.scales[side];
            const low = scale.getPixelForValue(Math.max(bounds[0], scale.min));
            const open = bounds[1] === null;
            const high = scale.getPixelForValue(open ? scale.max : Math.min(bounds[1], scale.max));
            pen.save();
            pen.strokeStyle = dataset.intervalColor;
            pen.lineWidth = 1.5;
            pen.beginPath();
            const line = (a, b, c, e) => { pen.moveTo(a, b); pen.lineTo(c, e); };
            if (side === 'x') {
              line(low, element.y, high, element.y);
              line(low, element.y - 4, low, element.y + 4);
              if (!open) line(high, element.y - 4, high, element.y + 4);
            } else {
              line(element.x, low, element.x, high);
              line(element.x - 4, low, element.x + 4, low);
              if (!open) line(element.x - 4, high, element.x + 4, high);
            }
            pen.stroke();
            pen.restore();
          }
        });
      });
    },
  };

  // Names beside the points of a scatter chart, each where it covers no other.
  const names = {
    id: 'names',
    afterDatasetsDraw(chart) {
      const pen = chart.ctx;
      const boxes = [];
      pen.save();
      pen.font = '12px ' + Chart.defaults.font.family;
      pen.fillStyle = colour('text');
      pen.textBaseline = 'middle';
      chart.data.datasets.forEach((dataset, d) => {
        if (!dataset.named || !chart.isDatasetVisible(d)) return;
        const point = chart.getDatasetMeta(d).data[0];
        const width = pen.measureText(dataset.label).width;
        const left = point.x + 9 + width > chart.chartArea.right;
        const from = left ? point.x - 9 - width : point.x + 9;
        const free = [-12, 12, -28, 28, -44, 44].find((shift) =>
          boxes.every((box) => from >= box.right || from + width <= box.left || Math.abs(point.y + shift - box.y) >= 14));
        const y = point.y + (free === undefined ? -12 : free);
        boxes.push({left: from, right: from + width, y: y});
        pen.fillText(dataset.label, from, y);
      });
      pen.restore();
    },
  };

  const bounds = (estimate) => estimate.length < 3 ? null : [estimate[1], estimate[2]];

  function scatter(spec) {
    const datasets = spec.points.map((point, i) => ({
      label: point.label, named: true, detail: point.detail, estimates: point,
      data: [{x: point.x[0], y: point.y[0]}],
      intervals: [{x: bounds(point.x), y: bounds(point.y)}], intervalColor: seriesColour(i),
      backgroundColor: seriesColour(i), borderColor: colour('page'), pointStyle: marks[i % 4],
      pointRadius: 7, pointHoverRadius: 9, pointHitRadius: 12,
    }));
    const frontier = spec.points.filter((point) => point.frontier).sort((a, b) => a.x[0] - b.x[0]);
    datasets.push({
      label: 'Frontier', type: 'line', data: frontier.map((point) => ({x: point.x[0], y: point.y[0]})),
      stepped: 'before', borderColor: colour('quiet'), borderDash: [4, 4], borderWidth: 1.5, pointRadius: 0,
      pointHitRadius: 0, fill: false,
    });
    return {
      type: 'scatter', data: {datasets: datasets}, height: 380,
      scales: {x: scaleOptions(spec.x), y: scaleOptions(spec.y)}, plugins: [intervals, names], legend: false,
      lines: (item) => [estimateText(spec.y, item.dataset.estimates.y) + ' at ' + estimateText(spec.x, item.dataset.estimates.x),
                        item.dataset.detail],
      title: (item) => item.dataset.label,
    };
  }

  function bar(spec) {
    const datasets = spec.series.map((series, i) => ({
      label: series.name, estimates: series.values, details: series.details,
      data: series.values.map((value) => value ? value[0] : null),
      intervals: spec.stacked ? null : series.values.map((value) => value ? {x: bounds(value)} : null),
      intervalColor: colour('text'), backgroundColor: seriesColour(i), borderColor: colour('page'),
      borderWidth: spec.stacked ? {right: 1} : 0, maxBarThickness: 30,
    }));
    const value = scaleOptions(spec.value);
    value.stacked = spec.stacked;
    return {
      type: 'bar', data: {labels: spec.categories, datasets: datasets}, horizontal: true,
      height: spec.categories.length * (spec.stacked || datasets.length < 2 ? 44 : 26 * datasets.length) + (datasets.length > 1 ? 110 : 74),
      scales: {x: value, y: {stacked: spec.stacked, grid: {display: false, borderColor: colour('line')}, ticks: {color: colour('text')}}},
      plugins: [intervals], legend: datasets.length > 1,
      title: (item) => item.label + (item.dataset.label ? ', ' + item.dataset.label : ''),
      lines: (item) => [estimateText(spec.value, item.dataset.estimates[item.dataIndex]), item.dataset.details[item.dataIndex]],
    };
  }

  const lineLook = (i) => ({
    borderColor: seriesColour(i), backgroundColor: seriesColour(i), borderDash: dashes[i % 8], borderWidth: 2,
    pointRadius: 0, pointHoverRadius: 4, pointHitRadius: 8, fill: false,
  });

  function line(spec) {
    const datasets = spec.series.map((series, i) => Object.assign(lineLook(i), {
      label: series.name, detail: series.detail, data: series.points.map((point) => ({x: point[0], y: point[1]})),
    }));
    return {
      type: 'line', data: {datasets: datasets}, height: 320, plugins: [], legend: true,
      scales: {x: scaleOptions(spec.x), y: scaleOptions(spec.y)},
      title: (item) => item.dataset.label,
      lines: (item) => [valueText(spec.y, item.raw.y) + ' within ' + valueText(spec.x, item.raw.x), item.dataset.detail],
    };
  }

  // A price holds until the next point, or until nothing is known.
  function held(points, until) {
    const data = [];
    points.forEach((point, i) => {
      const end = i + 1 < points.length ? points[i + 1][0] : until;
      data.push({x: point[0], y: point[1]});
      if (point[1] !== null && (i + 1 === points.length || points[i + 1][1] === null)) data.push({x: end, y: point[1]});
    });
    return data;
  }

  function steps(spec, panel) {
    const datasets = panel.series.map((series, i) => Object.assign(lineLook(i), {
      label: series.name, stepped: 'before', pointRadius: 2, spanGaps: false, data: held(series.points, spec.until),
    }));
    const value = scaleOptions(panel.y);
    value.title.display = false;
    return {
      type: 'line', data: {datasets: datasets}, height: 250, plugins: [], heading: panel.y.title,
      legend: panel.series.length > 1 || panel.series[0].name !== '',
      scales: {
        x: {type: 'linear', min: spec.from, max: spec.until, grid: {color: colour('grid'), borderColor: colour('line')},
            afterBuildTicks: (scale) => { scale.ticks = spec.months.map((tick) => ({value: tick[0]})); },
            ticks: {color: colour('quiet'), maxRotation: 0, callback: (value, index) => spec.months[index][1]}},
        y: value,
      },
      title: (item) => item.dataset.label,
      lines: (item) => [valueText(panel.y, item.raw.y) + ' from ' + new Date(item.raw.x).toISOString().slice(0, 10)],
    };
  }

  function options(made) {
    return {
      animation: false, maintainAspectRatio: false, indexAxis: made.horizontal ? 'y' : 'x', parsing: made.type === 'bar' ? undefined : false,
      interaction: {mode: 'nearest', intersect: made.type !== 'line', axis: made.type === 'line' ? 'x' : 'xy'},
      scales: made.scales,
      plugins: {
        title: {display: made.heading !== undefined, text: made.heading, align: 'start', color: colour('text'), font: {weight: 'normal'}},
        legend: {display: made.legend, position: 'top', align: 'start', labels: {color: colour('text'), usePointStyle: made.type === 'scatter', boxWidth: made.type === 'line' ? 28 : 12, boxHeight: made.type === 'line' ? 0 : 12}},
        tooltip: {
          displayColors: false, filter: (item) => item.dataset.label !== 'Frontier',
          callbacks: {title: (items) => items.length ? made.title(items[0]) : '', label: (item) => made.lines(item).filter((text) => text)},
        },
      },
    };
  }

  // Arrow keys go through the points of a chart that has the focus.
  function keyboard(plot, chart) {
    const points = [];
    chart.data.datasets.forEach((dataset, d) => {
      if (dataset.label !== 'Frontier') dataset.data.forEach((value, i) => { if (value !== null) points.push({datasetIndex: d, index: i}); });
    });
    let at = -1;
    plot.addEventListener('keydown', (event) => {
      const move = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
      if (move === 0 || points.length === 0) return;
      at = (at + move + points.length) % points.length;
      const point = points[at];
      const element = chart.getDatasetMeta(point.datasetIndex).data[point.index];
      chart.setActiveElements([point]);
      chart.tooltip.setActiveElements([point], {x: element.x, y: element.y});
      chart.update();
      event.preventDefault();
    });
  }

  let live = [];

  function draw() {
    for (const each of live) {
      each.chart.destroy();
      each.box.remove();
    }
    live = [];
    Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    document.querySelectorAll('figure[data-chart]').forEach((figure) => {
      const spec = specs[Number(figure.dataset.chart)];
      const plot = figure.querySelector('.plot');
      const title = figure.querySelector('h3').textContent;
      const parts = spec.kind === 'step' ? spec.panels.map((panel) => [steps(spec, panel), title + ': ' + panel.title])
        : [[{scatter: scatter, bar: bar, line: line}[spec.kind](spec), title]];
      for (const [made, name] of parts) {
        const box = document.createElement('div');
        const canvas = document.createElement('canvas');
        box.className = 'canvas';
        box.style.height = made.height + 'px';
        canvas.setAttribute('role', 'img');
        canvas.setAttribute('aria-label', name + '. The figures are in the table below; arrow keys go through the points.');
        box.append(canvas);
        plot.append(box);
        const chart = new Chart(canvas, {type: made.type, data: made.data, options: options(made), plugins: made.plugins});
        live.push({chart: chart, box: box});
        if (!plot.dataset.keys) keyboard(plot, chart);
      }
      plot.dataset.keys = '1';
      figure.classList.add('live');
    });
  }

  draw();
  dark.addEventListener('change', () => {
    for (const plot of document.querySelectorAll('.plot')) delete plot.dataset.keys;
    draw();
  });
}());
