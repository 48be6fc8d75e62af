import { type HttpFunction, jsonReply } from '../http/exchange.ts';
import { formatServiceStatus, type ServiceStatus } from '../status/service-status.ts';

/** Pollers that are listed one by one; the rest is only counted. */
const MAX_LISTED = 1000;

/** `GET /status`: what is wrong with the inputs, how the sources fare, who polls and what each runs. */
export function createStatus(serviceStatus: () => ServiceStatus): HttpFunction {
  return () => jsonReply(formatServiceStatus(serviceStatus(), MAX_LISTED));
}
