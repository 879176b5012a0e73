"""Answers each line with its longest word; an empty line with nothing."""
import json
import sys

for question in sys.stdin:
    item = json.loads(question)
    words = item["text"].split()
    answer = {"line": item["number"], "longest": max(words, key=len)} if words else None
    print(json.dumps(answer), flush=True)
