/** Pictures of results, drawn by ECharts as SVG. */

import {init} from 'echarts';

/** Bars from left to right, one for each contender, or lines over an axis of numbers. */
export type Plot =
  | {
      readonly kind: 'bars';
      readonly file: string;
      readonly title: string;
      readonly unit: string;
      readonly bars: readonly {readonly name: string; readonly value: number}[];
    }
  | {
      readonly kind: 'lines';
      readonly file: string;
      readonly title: string;
      readonly x: {readonly name: string; readonly isLogarithmic: boolean};
      readonly y: {readonly name: string; readonly isLogarithmic: boolean};
      readonly lines: readonly {
        readonly name: string;
        readonly points: readonly (readonly [x: number, y: number])[];
      }[];
    };

const WIDTH = 760;
const BAR_HEIGHT = 34;
const LINES_HEIGHT = 380;
/** Ours, and the others in greys that hold on white and on dark pages. */
const OURS = '#2f6fed';
const OTHERS = '#8a94a6';
const TEXT = '#6b7280';

/** The plot as an SVG document. */
export function drawPlot(plot: Plot): string {
  const height = plot.kind === 'bars' ? 70 + BAR_HEIGHT * plot.bars.length : LINES_HEIGHT;
  const chart = init(null, null, {renderer: 'svg', ssr: true, width: WIDTH, height});
  try {
    chart.setOption({
      animation: false,
      textStyle: {fontFamily: 'sans-serif', color: TEXT},
      title: {text: plot.title, left: 12, textStyle: {fontSize: 15, color: TEXT}},
      ...(plot.kind === 'bars' ? barOptions(plot) : lineOptions(plot)),
    });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function barOptions({bars, unit}: Extract<Plot, {kind: 'bars'}>): object {
  // The axis runs upwards: the first bar of ours belongs on top.
  const upwards = [...bars].reverse();
  return {
    grid: {left: 170, right: 70, top: 44, bottom: 12},
    xAxis: {type: 'value', show: false},
    yAxis: {
      type: 'category',
      data: upwards.map(({name}) => name),
      axisLine: {show: false},
      axisTick: {show: false},
      axisLabel: {color: TEXT, fontSize: 13},
    },
    series: [
      {
        type: 'bar',
        barWidth: '62%',
        data: upwards.map(({name, value}) => ({
          value,
          itemStyle: {color: name.startsWith('fdl') ? OURS : OTHERS},
          label: {show: true, position: 'right', color: TEXT, formatter: `${rounded(value)} ${unit}`},
        })),
      },
    ],
  };
}

function lineOptions({x, y, lines}: Extract<Plot, {kind: 'lines'}>): object {
  const axis = ({name, isLogarithmic}: {name: string; isLogarithmic: boolean}): object => ({
    type: isLogarithmic ? 'log' : 'value',
    name,
    nameLocation: 'middle',
    nameGap: 34,
    axisLabel: {color: TEXT},
    splitLine: {lineStyle: {color: TEXT, opacity: 0.2}},
  });
  return {
    grid: {left: 70, right: 24, top: 72, bottom: 54},
    legend: {top: 36, textStyle: {color: TEXT}},
    xAxis: axis(x),
    yAxis: axis(y),
    series: lines.map(({name, points}) => ({type: 'line', name, data: points, symbolSize: 6})),
  };
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
