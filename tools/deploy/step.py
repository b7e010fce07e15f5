"""One step of a deployment: run it, or print it as shell."""

import shlex
import sys
from dataclasses import dataclass

from shared.terminal import say
from tools.deploy import process, texts
from tools.deploy.process import Command
from tools.deploy.terraform import NOT_READY, RETRIES, RETRY_SECONDS, run_with_retries


class StepFailed(Exception):
    """A step has failed; the text names it, and says what to do."""


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Attributes:
        title: shown before it runs.
        command: does it; empty: `unless` must succeed.
        unless: a silent check; the command is skipped if it succeeds and prints `expected`.
        expected: output of `unless` if all is done; "" for any output.
        conflict: error if `unless` prints something else than `expected`; `{}` stands for that output.
        value: a command whose output replaces `$VALUE` in `command`.
        hint: advice if it fails.
        optional: whether the next step runs even if this one fails.
        retry: whether it is retried after one of `NOT_READY`, or after untainting a service.
    """

    title: str
    command: Command = ()
    unless: Command = ()
    expected: str = ""
    conflict: str = ""
    value: Command = ()
    hint: str = ""
    optional: bool = False
    retry: bool = False

    def shell(self) -> str:
        """The step as lines of a shell script."""
        lines = [f"# {self.title}"]
        if self.retry:
            lines.append(say(texts.RETRIED, patterns="; ".join(NOT_READY), seconds=RETRY_SECONDS, times=RETRIES))
        if self.value:
            lines.append(f"VALUE=$({shlex.join(self.value)})")
        check = shlex.join(self.unless)
        if self.conflict:
            lines += self._conflict_check(check)
            check = 'echo "$FOUND"'
        command = " ".join(f'"{word}"' if "$VALUE" in word else shlex.quote(word) for word in self.command)
        test = f'[ "$({check})" = {shlex.quote(self.expected)} ]' if self.expected else f"{check} >/dev/null"
        alternatives = " || ".join(part for part in (test if self.unless else "", command) if part)
        return "\n".join([*lines, alternatives + (" || true" if self.optional else "")])

    def _conflict_check(self, check: str) -> list[str]:
        message = '"$FOUND"'.join(shlex.quote(part) for part in self.conflict.split("{}"))
        case = f'case $FOUND in {self.expected} | "") ;; *) echo {message} >&2; exit 1 ;; esac'
        return [f"FOUND=$({check}) || true", case]

    def run(self) -> str:
        """Do it, unless it is done; the output of `value`, or "".

        Raises:
            StepFailed: it failed.
        """
        print(f"== {self.title}", flush=True)
        if self.unless and self.is_done():
            return ""
        value = process.output(self.value) if self.value else ""
        if self.value and not value:
            raise self._failure(self.value)
        command = tuple(word.replace("$VALUE", value) for word in self.command)
        if not command or not (self._succeeds(command) or self.optional):
            raise self._failure(command)
        return value

    def is_done(self) -> bool:
        """Whether `unless` succeeds. Shows its errors if no command could correct them.

        Raises:
            StepFailed: the output is a conflict.
        """
        done = process.capture(self.unless)
        if done.returncode and (self.conflict or not self.command):
            print(done.stderr, end="", file=sys.stderr)
        text = done.stdout.strip()
        if self.conflict and text not in ("", self.expected):
            raise StepFailed(self.conflict.replace("{}", text))
        return done.returncode == 0 and self.expected in ("", text)

    def _succeeds(self, command: Command) -> bool:
        return run_with_retries(command) if self.retry else process.run(command) == 0

    def _failure(self, command: Command) -> StepFailed:
        text = texts.FAILED_COMMAND if command else texts.FAILED
        return StepFailed(f"{say(text, title=self.title, command=shlex.join(command))}\n{self.hint}".rstrip())
