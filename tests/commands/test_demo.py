"""`ondemand-bot demo` from its start to its end, as somebody who has just cloned this meets it."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx

from tests.waiting import until_found

#: Seconds within which something that was begun is to be seen.
PATIENCE = 60.0


async def test_the_demo_from_its_start_to_its_end(tmp_path: Path) -> None:
    """I start it, ask, kill the bot in mid-answer, get the answer all the same, and end it."""
    taken = socket.create_server(("127.0.0.1", 0))
    port = taken.getsockname()[1]
    demo = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--no-browser", "--port", str(port)),
        cwd=tmp_path,
        env={"ONDEMAND_API_KEY": "none of its business", "ACCESS": "allowlist"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        assert demo.stdout
        said: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while not said or not said[-1].startswith("Open "):
                said.append((await demo.stdout.readline()).decode())
        second = await asyncio.to_thread(another, tmp_path)
        address = said[-1].split()[1]
        async with httpx.AsyncClient(base_url=address, timeout=20) as http:
            pids, texts = await talk(http)
        demo.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):
            rest = (await demo.stdout.read()).decode()
            code = await demo.wait()
    finally:
        taken.close()
        if demo.returncode is None:
            os.killpg(demo.pid, signal.SIGKILL)
            await demo.wait()

    assert any(line.startswith(f"Port {port} is taken; ") for line in said)
    assert (second.returncode, second.stderr) == (
        2,
        f"ondemand-bot: a demo runs here already: {address}\n",
    )
    assert pids[0] != pids[1]
    assert texts[1].startswith("1. The lighthouse keeper")
    assert len(texts[0]) < 1400 < len(texts[1])
    assert rest == "The bot was killed, and is started again.\nEnding.\n"
    assert code == 0
    assert [pid for pid in (demo.pid, *pids) if group_lives(pid)] == []


def another(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Start a second demo where one runs."""
    return subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--no-browser", "--port", "0", "--reset"],
        cwd=folder,
        env={},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


async def talk(http: httpx.AsyncClient) -> tuple[list[int], list[str]]:
    """Ask, kill the bot while it answers, and wait for the rest.

    Gives the numbers of the two processes, and what stood there at the kill and at the end.
    """
    pids, texts = [], []
    person = (await http.get("/api/stage")).json()["people"][0]["id"]
    chat = f"/api/people/{person}/chats/{person}"

    async def running() -> int | None:
        state = (await http.get("/api/stage")).json()["state"]
        pid = state["pid"] if state["state"] == "running" else None
        return pid if pid not in pids else None

    async def answer(label: str) -> str | None:
        messages = (await http.get(f"{chat}/messages")).json()["messages"]
        for one in messages[1:]:
            if label in [button["label"] for row in one["keyboard"] for button in row]:
                return str(one["text"])
        return None

    pids.append(await until_found(running))
    await http.post(f"{chat}/say", json={"text": "Write 1500 characters."})
    texts.append(await until_found(lambda: answer("■ Stop")))
    assert (await http.post("/api/faults/kill", json={})).status_code == 200
    pids.append(await until_found(running))
    texts.append(await until_found(lambda: answer("↻ Again")))
    return pids, texts


def group_lives(leader: int) -> bool:
    """Whether anything is left of a process or of those it has started."""
    try:
        os.killpg(leader, 0)
    except ProcessLookupError:
        return False
    return True


def test_without_the_extra_one_line_says_what_to_install(tmp_path: Path) -> None:
    """Where the sandbox is not installed I am told how to get it."""
    program = "import sys; sys.modules['espeakng_loader'] = None; from bot import cli; cli.main()"
    ended = subprocess.run(
        [sys.executable, "-c", program, "demo"],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    needed = "pip install 'ondemand-telegram-bot[sandbox]'"
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"ondemand-bot: the sandbox needs espeakng_loader: {needed}\n"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Where data/demo cannot be made I am told so in one line."""
    (tmp_path / "data").write_text("in the way")

    ended = another(tmp_path)

    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "ondemand-bot: data/demo: Not a directory\n"
