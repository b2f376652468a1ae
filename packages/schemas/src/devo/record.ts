import type { Digits } from "../json.ts";
import type { Mark } from "../mark.ts";

/** Where a job's events went, as far as the document lists it; whatever else stands there is kept too. */
export interface DevoExtra {
  /** URLs of the files that an s3 job has written. */
  readonly paths?: readonly string[] | string | null;
  /** As it is spelled: how many e-mails an email job has sent. */
  readonly emailsSended?: Digits | null;
  readonly redisKeyBase?: string | null;
  readonly keyFields?: readonly DevoKeyField[] | null;
  readonly description?: string | null;
  readonly expireIn?: Digits | null;
}

/** A field that the keys of a redis job are made of. */
export interface DevoKeyField {
  readonly name?: string | null;
  readonly type?: string | null;
}

/** A job: a query that sends its events to a destination. */
export interface DevoJob {
  readonly status: string;
  readonly id: string;
  readonly eventGenerated?: Digits | null;
  readonly eventsSent?: Digits | null;
  /** The time of the last event that came, where a job that is started again goes on; 0 where none came. */
  readonly lastDatetime?: Digits | null;
  readonly type?: string | null;
  readonly friendlyName?: string | null;
  /** The query's text, or the id of a kept one. */
  readonly query?: string | null;
  readonly error?: readonly string[] | null;
  readonly extra?: DevoExtra | null;
  /** Of the request that launched the job. */
  readonly cid?: string | null;
  readonly owner?: string | null;
  readonly table?: string | null;
  readonly domain?: string | null;
  readonly jobtrail?: Mark;
}

/** The error of a request, where it is no text. */
export interface DevoError {
  readonly code?: Digits | string | null;
  readonly message?: string | null;
}

/** What every answer begins with. */
export interface DevoEnvelope {
  /** 0, or why the request was not done. */
  readonly status?: Digits | null;
  readonly msg?: string | null;
  /** In older versions. */
  readonly success?: boolean | null;
  /** Of the request. */
  readonly cid?: string | null;
  readonly timestamp?: Digits | null;
  readonly error?: string | DevoError | null;
  readonly code?: Digits | string | null;
  readonly jobtrail?: Mark;
}

/** An answer about a job. */
export interface DevoAnswer extends DevoEnvelope {
  readonly object: DevoJob;
}

/** What a query with a destination is answered: the job's id. */
export interface DevoLaunch extends DevoEnvelope {
  readonly object: { readonly id: string; readonly redisKeyBase?: string | null };
}

/** An answer about no job. */
export interface DevoFailure extends DevoEnvelope {
  readonly object?: readonly string[] | null;
}

/** A record of Devo's job requests. */
export type DevoRecord = DevoAnswer | DevoJob | DevoLaunch | DevoFailure;
