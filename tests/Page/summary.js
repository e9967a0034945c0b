/** Ends the run with the line that ./dev reads. Nothing run, or an error outside a test, counts as a failure. */
export default class Summary {
  passed = 0;
  skipped = 0;
  failed = new Set();

  onTestEnd(test, result) {
    if (result.status === "skipped") this.skipped += 1;
    else if (test.ok()) this.passed += 1;
    else this.failed.add(test.id);
  }

  onError(error) {
    this.failed.add(error.message);
  }

  onEnd(run) {
    if (run.status !== "passed" && this.failed.size === 0) this.failed.add(run.status);
    if (this.passed + this.skipped === 0 && this.failed.size === 0) this.failed.add("no test ran");
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : "";
    process.stdout.write(`${this.passed} passed, ${this.failed.size} failed${skipped}\n`);
  }

  printsToStdio() {
    return false;
  }
}
