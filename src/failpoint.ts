/**
 * Named steps at which a test ends this process by SIGKILL, as a power cut would: with
 * `COUNTERSIGN_FAILPOINT=<name>` at the first time the step is reached. Without it a step costs one
 * comparison. `countersign failpoints` lists them, a test holds the list equal to the code, and
 * docs/architecture.md, "Crashes", says what has to hold after each.
 */

/** Where the App can be killed, and what has happened by then. */
export const FAILPOINTS = {
  "webhook.before": "a webhook is verified and not yet stored",
  "webhook.stored": "its job is in the queue, and GitHub has no answer yet",
  "job.claimed": "a job is leased, and nothing of it is done",
  "job.done": "a job's work and what follows from it are done, and it is still leased",
  "job.finished": "a job left the queue",
  "review.checked": "the checks of a proposal are set, and its plan is not visible",
  "review.shown": "the plan is visible, and the log does not say so",
  "review.recorded": "the log says when the plan was visible",
  "journal.before": "entries are decided, and nothing of them is stored",
  "journal.uncommitted": "entries, texts and jobs are written, and not committed",
  "journal.after": "entries are committed, and memory does not know them yet",
  "flush.before": "a batch is signed, and the audit branch does not have it",
  "flush.landed": "the audit branch has the batch, and the store does not know",
  "flush.after": "audit branch and store agree",
  "settle.before": "a range is judged, and not on record",
  "settle.after": "a range and its authorisations are on record, and not on the branch",
  "mint.before": "an action is on the audit branch, and has no token",
  "mint.after": "the token is signed, and its sending is not on record",
  "send.before": "the sending is on record, and the site has not got the token",
  "send.after": "the site has answered, and nobody has read the answer",
  "record.before": "a receipt verifies, and is not on record",
  "record.after": "a receipt is on record, and nobody was told",
  "comment.before": "outcomes are known, and the comment does not show them",
  "comment.after": "the comment shows the outcomes",
  "deployment.before": "a site has no deployment for its action yet",
  "deployment.opened": "the deployment is there, and has no state",
  "deployment.after": "the deployment has its state",
  "command.said": "a command is carried out and answered, and the log does not say so",
  "incident.before": "an action hurt a site, and no proposal undoes it",
  "incident.proposed": "the proposal that undoes it is open, and no issue says so",
  "incident.opened": "the incident's issue is open, and the log does not say so",
  "incident.recorded": "the incident is on record",
} as const;
export type Failpoint = keyof typeof FAILPOINTS;

/** The connector's own, in PHP: they work where its wp-config.php allows them. */
export const CONNECTOR_FAILPOINTS = {
  claimed: "the action is claimed, and nothing is changed",
  prepared: "the restore point is taken and read back",
  before_swap: "the next step is about to change files",
  swapped: "the files of a step are changed, and nobody has looked",
  healthy: "the site answers after the last step",
  verified: "the journal says verified, and there is no receipt",
  restoring: "a restore has begun",
  restored: "a later rollback has put files back",
  before_receipt: "the outcome is known, and no receipt is stored",
  after_receipt: "the receipt is stored, and not sent",
} as const;

const chosen = process.env["COUNTERSIGN_FAILPOINT"];

/** Ends the process here, at once, where a test chose this step. */
export function reach(name: Failpoint): void {
  if (name === chosen) process.kill(process.pid, "SIGKILL");
}
