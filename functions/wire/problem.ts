/** What went wrong, as RFC 9457 tells it, with our `code` and `hint`. */
export interface ProblemDetails {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  /** What happened, this time. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

/** `type`, `title`, `status`, `detail`, `code`, `hint` and further members, as indented JSON. */
export function formatProblem({ title, status, detail, code, ...others }: ProblemDetails): string {
  const type = `urn:kubernetes-haproxy:problem:${code}`;
  return `${JSON.stringify({ type, title, status, detail, code, ...others }, null, 2)}\n`;
}
