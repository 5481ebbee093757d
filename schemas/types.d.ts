// Written by `make schemas` from schemas/openapi.yaml.

export interface OpenOptions {
  summaryOnly?: boolean | null;
  daysOfTransactions?: "Days90" | "Days365" | null;
  withIdentity?: boolean | null;
  accounts?: string[] | null;
}

export interface OpenRequest {
  loginId: string;
  language?: "en" | "fr" | null;
  timeZone?: string | null;
  returnUrl?: string | null;
  correlationId?: string | null;
  linkLifetimeHours?: number | null;
  brandName?: string | null;
  brandNameFrench?: string | null;
  reference?: string | null;
  presence?: "attended" | "absent" | null;
  userRef?: string | null;
  options?: OpenOptions | null;
}

export type Status = "STARTING" | "AUTHORIZING" | "AWAITING_USER" | "AWAITING_CLICK" | "FETCHING" | "SUCCEEDED" | "STALE" | "EXPIRED" | "FAILED" | "CANCELLED" | "REPAIRED";

export type WaitReason = "cooldown" | "lockout_guard" | "open_attempt" | "link_budget" | null;

export interface NextStep {
  owner: "user" | "bank" | "us" | "nobody";
  sentence: string;
}

export interface InstitutionNames {
  en: string | null;
  fr: string | null;
}

export interface Institution {
  id: number | null;
  names: InstitutionNames;
}

export interface Options {
  summaryOnly: boolean;
  daysOfTransactions: "Days90" | "Days365" | null;
  withIdentity: boolean;
  accounts: string[] | null;
}

export interface AccountCounts {
  count: number;
  matched: number | null;
  new: number | null;
  missing: number | null;
}

export interface TransactionCounts {
  count: number;
  from: string | null;
  to: string | null;
}

export interface StoredResult {
  bytes: number;
  sha256: string;
  expiresAt: string;
}

export type Missing = Record<string, number>;

export type Warnings = Record<string, number>;

export interface Receipt {
  fresh: boolean;
  lastRefresh: string | null;
  lastRefreshBefore: string | null;
  accounts: AccountCounts | null;
  transactions: TransactionCounts | null;
  complete: boolean | null;
  missing: Missing;
  warnings: Warnings;
  result: StoredResult | null;
}

export interface TimelineEntry {
  at: string;
  seconds: number;
  actor: "caller" | "service" | "user" | "bank";
  cause: string;
  status: Status;
  looks: number;
  by: string | null;
}

export interface Session {
  sessionId: string;
  status: Status;
  correlationIds: string[];
  createdAt: string;
  linkExpiresAt: string;
  nextStep: NextStep;
  institution: Institution | null;
  link: string | null;
  connectUrl: string | null;
  failureCode: string | null;
  nextAllowedAt: string | null;
  waitReason: WaitReason;
  expectedAt: string | null;
  askedNotBefore: string | null;
  holdReason: "quiet_hours" | "asked_recently" | "snoozed" | null;
  quarantined: boolean;
  options: Options;
  receipt: Receipt | null;
  timeline: TimelineEntry[];
  joined?: boolean;
}

export interface ResultLink {
  url: string;
  expiresAt: string;
  bytes: number;
  sha256: string;
}

export interface EvidenceDocument {
  header: Record<string, unknown>;
  entries: Record<string, unknown>[];
  sha256: string;
}

export interface Erasure {
  sessions: number;
  results: number;
  wasKnown: boolean;
  card: string | null;
  receipt: EvidenceDocument;
}

export interface FindRequest {
  loginId?: string | null;
  userRef?: string | null;
  correlationId?: string | null;
}

export interface ListedSession {
  sessionId: string;
  status: Status;
  institution: Institution | null;
  failureCode: string | null;
  needs: "user" | null;
  createdAt: string;
  askedAt: string | null;
  endedAt: string | null;
  linkExpiresAt: string;
}

export interface SessionPage {
  sessions: ListedSession[];
  cursor: string | null;
}

export interface FoundLogin {
  lastRefresh: string | null;
  ageSeconds: number | null;
  turn: "user" | "bank" | "us" | "caller" | "nobody";
  mayDo: "open_session" | "remind" | "cancel" | "wait";
  blockedBy: "cooldown" | "lockout_guard" | "open_attempt" | "link_budget" | "quarantine" | null;
  nextAllowedAt: string | null;
  refusals: number;
  sessions: ListedSession[];
}

export interface FoundLogins {
  logins: FoundLogin[];
}

export interface BatchRequest {
  loginIds: string[];
  deadline: string;
  timeZone?: string | null;
  maxPerInstitution: number;
  startAt?: string | null;
  freshWithinHours?: number | null;
  assumedSeconds?: number | null;
  includeHopeless?: boolean | null;
}

export interface Shortfall {
  lateSeconds: number;
  logins: number;
  needsMaxPerInstitution: number | null;
  needsStartAt: string;
}

export interface InstitutionPlan {
  institution: Institution | null;
  logins: number;
  attemptSeconds: number;
  samples: number;
  endsAt: string;
  feasible: boolean;
  shortfall: Shortfall | null;
}

export interface BatchPeak {
  startsPerSecond: number;
  transitionsPerSecond: number;
  withinDefaultQuotas: boolean;
}

export interface SkippedLogins {
  reason: "fresh" | "live_session" | "needs_user" | "cooldown" | "lockout_guard" | "open_attempt" | "hopeless" | "asked_recently" | "institution_disabled" | "record_unreadable";
  logins: number;
  positions: number[];
}

export interface MalformedLogin {
  position: number;
  fault: string;
}

export interface BatchPlan {
  feasible: boolean;
  startAt: string;
  deadline: string;
  endsAt: string;
  maxPerInstitution: number;
  logins: number;
  institutions: InstitutionPlan[];
  peak: BatchPeak;
  skipped: SkippedLogins[];
  duplicates: number[];
  malformed: MalformedLogin[];
}

export interface BatchSource {
  key: string;
}

export type Caps = Record<string, number>;

export interface OpenBatchRequest {
  items?: OpenRequest[] | null;
  loginIds?: string[] | null;
  source?: BatchSource | null;
  moreItems?: boolean | null;
  deadline: string;
  timeZone?: string | null;
  maxPerInstitution: number;
  startAt?: string | null;
  freshWithinHours?: number | null;
  includeHopeless?: boolean | null;
  caps?: Caps | null;
  label?: string | null;
}

export interface AddItemsRequest {
  items?: OpenRequest[] | null;
  loginIds?: string[] | null;
  moreItems?: boolean | null;
}

export interface CapRequest {
  institution: string;
  max: number;
}

export type Endings = Record<string, number>;

export type SkippedCounts = Record<string, number>;

export type BatchStatus = "LOADING" | "RUNNING" | "PAUSED" | "STOPPING" | "FINISHED" | "STOPPED" | "FAILED";

export interface BatchTotals {
  items: number;
  duplicates: number;
  malformed: number;
  skipped: number;
  queued: number;
  live: number;
  parked: number;
  ended: number;
  notStarted: number;
  succeeded: number;
}

export interface BatchInstitution {
  key: string;
  institution: Institution | null;
  queued: number;
  live: number;
  parked: number;
  ended: number;
  endings: Endings;
  cap: number;
  breaker: "closed" | "open" | "half_open" | null;
  endsAt: string | null;
}

export interface MalformedLine {
  line: number;
  fault: string;
}

export interface BatchReport {
  key: string;
}

export interface Batch {
  batchId: string;
  label: string | null;
  status: BatchStatus;
  createdAt: string;
  startAt: string;
  deadline: string;
  maxPerInstitution: number;
  totals: BatchTotals;
  endings: Endings;
  skipped: SkippedCounts;
  institutions: BatchInstitution[];
  endsAt: string | null;
  dollars: number;
  malformed: MalformedLine[];
  failureCode: string | null;
  report: BatchReport | null;
}

export interface ListedBatch {
  batchId: string;
  label: string | null;
  status: BatchStatus;
  createdAt: string;
  startAt: string;
  deadline: string;
  finishedAt: string | null;
  totals: BatchTotals;
  dollars: number;
  failureCode: string | null;
}

export interface BatchPage {
  batches: ListedBatch[];
  cursor: string | null;
}

export interface BatchReportLink {
  url: string;
  expiresAt: string;
}

export interface HealthTimes {
  median: number;
  p90: number;
}

export interface HealthWindow {
  tries: number;
  funnel: Record<string, number> | null;
  shares: Record<string, number> | null;
  owners: Record<string, number> | null;
  secondsToAnswer: HealthTimes | null;
  secondsToEnd: HealthTimes | null;
}

export interface InstitutionBreaker {
  state: "closed" | "open" | "half_open";
  since: string | null;
  nextProbeAt: string | null;
}

export interface InstitutionHealth {
  id: string;
  name: string | null;
  status: string | null;
  breaker: InstitutionBreaker;
  windows: Record<string, HealthWindow>;
}

export interface InstitutionList {
  institutions: InstitutionHealth[];
}

export interface FeedEvent {
  source: "reconnect";
  "detail-type": string;
  time: string;
  detail: Record<string, unknown>;
}

export interface EventPage {
  events: FeedEvent[];
  cursor: string;
  hasMore: boolean;
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: Record<string, string>;
  code: "invalid_request" | "endpoint_not_found" | "login_not_found" | "institution_not_found" | "cursor_invalid" | "cursor_expired" | "event_feed_off" | "user_not_needed" | "session_ended" | "reminded_recently" | "session_not_found" | "batch_not_found" | "batch_closed" | "report_missing" | "result_missing" | "result_expired" | "erasure_unfinished" | "link_invalid" | "not_signed" | "flinks_busy" | "request_too_large" | "batch_too_large" | "idempotency_key_reused" | "too_many_callers" | "cooldown" | "lockout_guard" | "open_attempt" | "busy" | "record_unreadable" | "workflow_unavailable";
  nextAllowedAt?: string;
}
