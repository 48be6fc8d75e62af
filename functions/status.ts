import { type HttpFunction, jsonReply } from './http/exchange.ts';
import { formatReport, type Report } from './report.ts';

/** Pollers that are listed one by one; the rest is only counted. */
const MAX_LISTED = 1000;

/** `GET /status`: what is wrong with the inputs, how the sources fare, who polls and what each runs. */
export function createStatus(report: () => Report): HttpFunction {
  return () => jsonReply(formatReport(report(), MAX_LISTED));
}
