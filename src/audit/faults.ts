/** What is wrong with a log: a closed list of codes, and where. */

export const LOG_FAULTS = {
  tiles: "The tiles are not full files of 256 lines, each but the last.",
  not_canonical: "The line is not RFC 8785 JSON.",
  not_an_entry: "The line is no entry of a known kind.",
  not_bootstrapped: "A log begins with its only `fleet.bootstrapped`, for this repository and key.",
  authorised_id: "The action id is not the one that the entry's own content gives.",
  authorised_twice: "This action was authorised before.",
  not_authorised: "No earlier entry authorises this action for this site.",
  not_paired: "No earlier pairing gives this site a key.",
  pairing_key: "The key is weak, or its id is not its thumbprint.",
  pairing_epoch: "The epoch is not above the site's earlier ones.",
  generation:
    "The recovery key in force did not sign these keys, or the head they follow is another.",
  keyset: "The key-set is not of a generation on record, or not the one its entry tells of.",
  receipt_signature: "The site's key in force did not sign this receipt for this repository.",
  receipt_content: "The entry, the receipt and the authorisation do not say the same.",
  receipt_twice: "The action, or this number of the site's receipts, has its receipt already.",
  witness: "The site saw another log: its receipt names a root that this log never had.",
  checkpoint: "The checkpoint is not a note that a key of this log signed.",
  checkpoint_size: "The checkpoint names another number of entries than there are.",
  root: "The entries do not give the root that the checkpoint names.",
  against_unreadable: "What the log is held against is not a head that a key of this log signed.",
  truncated: "A head with more entries than this log was signed.",
  fork: "A head of this size with another root was signed.",
  approval_range: "No range settled this action's merge for its plan.",
  approval_missing: "No recorded verdict on this plan passed.",
  approval_policy: "The verdict names another policy than the one that was in force.",
  approval_plan: "The two commits do not give the plan that was approved.",
  approval_gate: "A gate or right that the plan needs is not among those that passed.",
  approval_seats: "Those whose approvals counted do not fill the seats that the policy asks for.",
  bundle_key: "The bundle is of a log with another key than the one it is held against.",
  bundle_order: "The bundle's entries are not in the log's order, each once.",
  bundle_proof: "The proof does not lead from this line to the signed head.",
  bundle_text: "A plan's text is not the one whose digest it stands under.",
} as const;

export type LogFaultCode = keyof typeof LOG_FAULTS;

export interface LogFault {
  /** Of the entry, from 0; `null` where the log as a whole is meant. */
  readonly index: number | null;
  readonly code: LogFaultCode;
  readonly message: string;
}

export function logFault(code: LogFaultCode, index: number | null = null): LogFault {
  return { index, code, message: LOG_FAULTS[code] };
}
