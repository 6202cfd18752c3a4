#!/usr/bin/env python3
"""Writes transcripts as Claude Code does: transcripts.py DIRECTORY LINES.

One line of four is the user's; the other three are one answer, written down three times with a
growing count of output tokens. Standard library only; the same arguments write the same files.
"""
import json
import os
import random
import sys

TEXT = "x" * 420
TURNS = 60


def usage(output, written, base=None):
    tokens = base or {
        "input_tokens": random.randint(1, 900),
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": random.randint(0, 90_000),
        "output_tokens": output,
        "cache_creation": {"ephemeral_5m_input_tokens": written, "ephemeral_1h_input_tokens": 0},
        "service_tier": "standard",
    }
    return {**tokens, "output_tokens": output}


def session(number, line, message):
    """The lines of one session, from the given numbers on."""
    name = f"{number:08x}-0000-4000-8000-{number:012x}"
    place = f"/home/ann/p{number % 12}"
    for turn in range(1, TURNS + 1):
        second = turn * 37
        at = f"2026-11-{1 + number % 20:02d}T{8 + second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}.000Z"
        shared = {"sessionId": name, "timestamp": at, "cwd": place, "version": "2.1.197"}
        yield {"type": "user", **shared, "uuid": f"u{line}", "message": {"role": "user", "content": TEXT}}
        line, message = line + 1, message + 1
        first = usage(random.randint(1, 20), random.randint(0, 4_000))
        for copy in range(3):
            tokens = usage(first["output_tokens"] + copy * 100, 0, first)
            answer = {
                "model": "claude-sonnet-4-5", "id": f"msg_{message:012d}", "type": "message", "role": "assistant",
                "content": [{"type": "text", "text": TEXT}],
                "stop_reason": "end_turn" if copy == 2 else None, "usage": tokens,
            }
            yield {
                "isSidechain": False, **shared, "requestId": f"req_{message:012d}", "type": "assistant",
                "uuid": f"a{line}", "message": answer,
            }
            line += 1


def main():
    directory, wanted = sys.argv[1], int(sys.argv[2])
    random.seed(7)
    lines = number = 0
    while lines < wanted:
        place = os.path.join(directory, f"-home-ann-p{number % 12}")
        os.makedirs(place, exist_ok=True)
        with open(os.path.join(place, f"{number:08x}.jsonl"), "w") as file:
            for line in session(number, lines, lines // 4):
                file.write(json.dumps(line, separators=(",", ":")) + "\n")
                lines += 1
                if lines == wanted:
                    break
        number += 1


main()
