import { type OptionNames, requireOptions, withDefaults } from "../options.ts";
import { escapeXml } from "../plot/escape_xml.ts";
import { type Figure, FIGURE_OPTIONS, type FigureOptions, frame } from "../plot/figure.ts";
import { INK, MUTED, PALETTE } from "../plot/palette.ts";

/** A team to draw: who is in it, and who speaks to whom. */
export interface TeamPanel {
  /** Column of the panel: what the team is for. */
  readonly column: string;
  /** Row of the panel: whose choice it is. */
  readonly row: string;
  /** Names of the agents that are asked. */
  readonly roles: readonly string[];
  /** Links by name, from the one who speaks to the one who reads. */
  readonly links: readonly (readonly [from: string, to: string])[];
  /** A line below the team, such as what it is worth. */
  readonly note?: string;
}

/** Settings of {@linkcode drawTeams}. */
export interface DrawTeamsOptions extends FigureOptions {
  /** Names of all agents of the pool, in its order. */
  readonly pool: readonly string[];
  /** Text in an agent's circle: a letter or two. Default: the first letter of its name. */
  readonly letter?: ((role: string) => string) | undefined;
}

/** Names of {@linkcode DrawTeamsOptions}. */
const DRAW_TEAMS_OPTIONS: OptionNames<DrawTeamsOptions> = { ...FIGURE_OPTIONS, pool: true, letter: true };

/** Width and height of a panel, its middle, the circle that agents stand on, and an agent's own, in px. */
const PANEL = { width: 138, height: 136, middle: 60, ring: 42, agent: 12 };
const HEADINGS = { left: 118, top: 22 };

/**
 * Teams side by side: the agents of the pool stand in a circle, always at the same place; those who are asked
 * are filled and others are not, and arrows go from who speaks to who reads.
 */
export function drawTeams(panels: readonly TeamPanel[], options: DrawTeamsOptions): Figure {
  requireOptions("drawTeams", options, DRAW_TEAMS_OPTIONS);
  const { pool, letter = (role) => role[0]!, ...words } = options;
  const columns = [...new Set(panels.map(({ column }) => column))];
  const rows = [...new Set(panels.map(({ row }) => row))];
  const place = (role: string) => {
    const angle = 2 * Math.PI * pool.indexOf(role) / pool.length - Math.PI / 2;
    return {
      x: PANEL.width / 2 + PANEL.ring * Math.cos(angle),
      y: PANEL.middle + PANEL.ring * Math.sin(angle),
    };
  };
  const text = (x: number, y: number, content: string, attributes = `text-anchor="middle" font-size="11"`) =>
    `<text x="${px(x)}" y="${px(y)}" ${attributes}>${escapeXml(content)}</text>`;
  const arrow = (from: string, to: string) => {
    const [a, b] = [place(from), place(to)];
    const length = Math.hypot(b.x - a.x, b.y - a.y);
    const [dx, dy] = [(b.x - a.x) / length, (b.y - a.y) / length];
    const gap = PANEL.agent + 2;
    return `<line x1="${px(a.x + gap * dx)}" y1="${px(a.y + gap * dy)}" x2="${px(b.x - (gap + 3) * dx)}" ` +
      `y2="${px(b.y - (gap + 3) * dy)}" stroke="${INK}" stroke-width="1.6" marker-end="url(#speaks)"/>`;
  };
  const agent = (role: string, asked: boolean) => {
    const { x, y } = place(role);
    const fill = asked ? PALETTE[pool.indexOf(role) % PALETTE.length] : "#ffffff";
    return `<circle cx="${px(x)}" cy="${px(y)}" r="${PANEL.agent}" fill="${fill}" stroke="${
      asked ? fill : MUTED
    }" stroke-width="1.2"/>` +
      text(x, y + 4, letter(role), `text-anchor="middle" font-size="11" fill="${asked ? "#ffffff" : MUTED}"`);
  };
  const drawn = panels.map(({ column, row, roles, links, note = "" }) => {
    const [x, y] = [
      HEADINGS.left + PANEL.width * columns.indexOf(column),
      HEADINGS.top + PANEL.height * rows.indexOf(row),
    ];
    return `<g transform="translate(${x},${y})">${links.map(([from, to]) => arrow(from, to)).join("")}${
      pool.map((role) => agent(role, roles.includes(role))).join("")
    }${text(PANEL.width / 2, PANEL.height - 14, note)}</g>`;
  });
  const headings = [
    ...columns.map((column, i) =>
      text(
        HEADINGS.left + PANEL.width * (i + 0.5),
        14,
        column,
        `text-anchor="middle" font-size="12" font-weight="600"`,
      )
    ),
    ...rows.flatMap((row, i) =>
      row.split("\n").map((line, k) =>
        text(14, HEADINGS.top + PANEL.height * i + PANEL.middle + 14 * k, line, `font-size="12"`)
      )
    ),
  ];
  const head =
    `<defs><marker id="speaks" viewBox="0 0 6 6" refX="4" refY="3" markerWidth="5" markerHeight="5" ` +
    `orient="auto"><path d="M0,0L6,3L0,6z" fill="${INK}"/></marker></defs>`;
  const legend = pool.map((role, i) => ({
    label: `${letter(role)}: ${role}`,
    color: PALETTE[i % PALETTE.length]!,
    mark: "box" as const,
  }));
  return frame(
    withDefaults({ legend }, words),
    head + headings.join("") + drawn.join(""),
    HEADINGS.left + PANEL.width * columns.length + 8,
    HEADINGS.top + PANEL.height * rows.length,
  );
}

const px = (value: number) => String(Math.round(value * 10) / 10);
