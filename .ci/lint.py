"""The action, the workflows, and the snippets of docs/integrations.md: called by .ci/lint."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
TOOLS = Path(sys.executable).parent
# Which schema a file of that name has; `check-jsonschema` brings them along.
SCHEMAS = {
    "action.yml": "vendor.github-actions",
    ".github/workflows/": "vendor.github-workflows",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "azure-pipelines.yml": "vendor.azure-pipelines",
}


def check_schema(name, path):
    schema = next(schema for prefix, schema in SCHEMAS.items() if name.startswith(prefix))
    subprocess.run([TOOLS / "check-jsonschema", "--builtin-schema", schema, path], check=True)


def check_steps(name, document):
    """Other people's actions are pinned by commit, scripts are clean, and no expression is expanded in one."""
    jobs = document["jobs"].values() if "jobs" in document else [document["runs"]]
    for step in [step for job in jobs for step in job.get("steps", [])]:
        uses = step.get("uses", "")
        if uses and not uses.startswith("./") and not re.search(r"@[0-9a-f]{40}$", uses):
            sys.exit(f"error: {name}: `{uses}` is not pinned by commit")
        script = step.get("run", "")
        if "${{" in script:
            sys.exit(f"error: {name}: an expression in a script, where its value would be code:\n{script}")
        # GitHub runs bash with -e. SC2016: backquotes in messages are no commands.
        command = [TOOLS / "shellcheck", "--shell=bash", "--exclude=SC2016", "-"]
        subprocess.run(command, input=f"set -e\n{script}", text=True, check=True)


def check_release(jobs):
    """Nothing is published before everything is built and tried, and only what publishes may write anywhere."""
    building = {name for name in jobs if not name.startswith("publish-")}
    for name, job in jobs.items():
        if name in building and "permissions" in job:
            sys.exit(f"error: release.yml: the job {name} publishes nothing and needs no permissions")
        if name not in building and not (set(job["needs"]) == building and "ref_type == 'tag'" in job["if"]):
            sys.exit(f"error: release.yml: the job {name} does not wait for everything else, or publishes without a tag")


def check_snippets(page):
    """Blocks of YAML, by the name of the file that the line before them gives."""
    blocks = re.findall(r"^`([^`\n]+)`[^\n]*:\n\n```yaml\n(.*?)```$", page, re.MULTILINE | re.DOTALL)
    if len(blocks) != page.count("```yaml"):
        sys.exit("error: docs/integrations.md: a block of YAML does not say which file it is")
    for name, text in blocks:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "snippet.yml"
            path.write_text(text)
            if name == ".pre-commit-config.yaml":
                subprocess.run([TOOLS / "pre-commit", "validate-config", path], check=True)
            elif name == "lefthook.yml":
                # .ci/hooks runs it.
                yaml.safe_load(text)
            else:
                check_schema(name, path)


for path in [ROOT / "action.yml", *sorted(ROOT.glob(".github/workflows/*.yml"))]:
    name = path.relative_to(ROOT).as_posix()
    check_schema(name, path)
    check_steps(name, yaml.safe_load(path.read_text()))
check_snippets((ROOT / "docs/integrations.md").read_text())
check_release(yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())["jobs"])
