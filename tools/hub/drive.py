"""Start a JupyterHub in a temporary folder and take one assignment through it, in a browser.

    make hub

The instructor releases, the student fetches, works and submits, the instructor collects, grades in the
sandbox, marks the written answer by hand and returns feedback, and the student reads it. Each step is
done where a person would do it: in JupyterLab's terminal, in Formgrader, in the list of assignments.
Every step is printed when it is done; the first that fails ends with a picture of the page.
"""

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from browser import chromium  # noqa: E402
from nodejs import find_node  # noqa: E402

NAME = "01_linear_regression"
COURSE = "backpropagation"
TEACHER, STUDENT = "teacher", "anna"
MARK = 4  # what the teacher gives for the written answer
PATIENCE = 300_000  # milliseconds: a slow machine is slow, not wrong
#: What is to be seen of the student's work in the end: the tests' points and the teacher's.
WRITTEN = "With a learning rate near the limit the steps overshoot; far below it they are many."

TEACHERS_SETTINGS = """c = get_config()
load_subconfig("nbgrader_config.py", path={exercises!r})
c.Exchange.root = {exchange!r}
"""
# in a hub whose users have accounts of their own on the machine the third line is not needed
STUDENTS_SETTINGS = """c = get_config()
c.CourseDirectory.course_id = {course!r}
c.CourseDirectory.student_id = {student!r}
c.Exchange.root = {exchange!r}
"""


def free_ports(count):
    """So many ports that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def lay_out(folder):
    """The homes of teacher and student, the course in the teacher's, and the exchange."""
    exchange = folder / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    exercises = folder / "home" / TEACHER / "course" / "exercises"
    shutil.copytree(ROOT / "exercises" / NAME, exercises / NAME)
    shutil.copy(ROOT / "exercises" / "nbgrader_config.py", exercises)
    # a terminal begins as a log-in, which forgets where this environment's programs are
    programs = f'PATH="{Path(sys.executable).parent}:$PATH"\n'
    (folder / "home" / TEACHER / ".bash_profile").write_text(programs, "utf-8")
    for user, text in ((TEACHER, TEACHERS_SETTINGS), (STUDENT, STUDENTS_SETTINGS)):
        settings = folder / "home" / user / ".jupyter" / "nbgrader_config.py"
        settings.parent.mkdir(parents=True)
        settings.write_text(
            text.format(
                exercises=str(exercises), exchange=str(exchange), course=COURSE, student=STUDENT
            ),
            "utf-8",
        )


@contextmanager
def hub(folder):
    """The running hub; gives its address."""
    page, own, proxy = free_ports(3)
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HUB_FOLDER": str(folder),
        "HUB_PORTS": f"{page} {own} {proxy}",
        # the program itself, not a script that stands for it: ended, it is ended
        "HUB_PROXY": f"{find_node()}\n{HERE / 'node_modules' / '.bin' / 'configurable-http-proxy'}",
    }
    with (folder / "hub.log").open("w", encoding="utf-8") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "jupyterhub", "-f", str(HERE / "jupyterhub_config.py")],
            cwd=folder,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            address = f"http://127.0.0.1:{page}"
            wait_for(lambda: answers(f"{address}/hub/api"), "the hub's answer", running)
            yield address
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(running.pid, signal.SIGKILL)


def answers(address):
    """True if a page is there."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait_for(holds, what, process=None, seconds=PATIENCE // 1000):
    """Wait until this holds."""
    end = time.monotonic() + seconds
    while not holds():
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"waited for {what}, and the process ended")
        if time.monotonic() > end:
            raise RuntimeError(f"waited {seconds} s for {what}")
        time.sleep(0.5)


def done(text):
    """Say that a step is done."""
    print(f"  {text}", flush=True)


# -- what a person does in the browser ------------------------------------------------------------


def log_in(browser, address, user):
    """A page on which this user is logged in; the server has started."""
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{address}/hub/login?next=/hub/spawn")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", "none is asked for")
    page.click("input[type=submit]")
    page.wait_for_url(f"**/user/{user}/lab**")
    page.wait_for_selector("#jp-main-dock-panel")
    return page


def open_lab(page, address, user):
    """JupyterLab as on the first day: no terminal or list is open."""
    page.goto(f"{address}/user/{user}/lab?reset")
    page.wait_for_selector("#jp-main-dock-panel .jp-Launcher")


def in_terminal(page, folder, command):
    """Type a command into a terminal of the teacher's JupyterLab, and wait for its end; what it printed."""
    home = folder / "home" / TEACHER
    said, over = home / "said.txt", home / "over.txt"
    over.unlink(missing_ok=True)
    if not page.locator(".jp-Terminal").count():
        page.click(".lm-MenuBar-itemLabel >> text=File")
        page.hover(".lm-Menu >> text=New")
        page.click(".lm-Menu >> text=Terminal")
    page.click(".jp-Terminal .xterm-screen")
    page.keyboard.type(f"cd ~/course && {command} > ~/said.txt 2>&1; echo $? > ~/over.txt", delay=5)
    page.keyboard.press("Enter")
    wait_for(lambda: over.exists() and over.read_text("utf-8").strip(), f"the end of {command!r}")
    text = said.read_text("utf-8") if said.exists() else ""
    if over.read_text("utf-8").strip() != "0":
        raise RuntimeError(f"{command!r} failed:\n{text}")
    return text


def from_menu(page, entry):
    """Choose an entry of the menu Nbgrader in JupyterLab."""
    page.click(".lm-MenuBar-itemLabel >> text=Nbgrader")
    page.click(f".lm-Menu >> text={entry}")


def in_formgrader(page, address, action):
    """Click one of the signs of an assignment on Formgrader's page, and see that it succeeds."""
    page.goto(f"{address}/user/{TEACHER}/formgrader/manage_assignments")
    page.click(f"tr:has-text('{NAME}') .{action} a")
    page.wait_for_selector("#success-modal")


def answered(notebook):
    """Write the student's answers into the fetched notebook: all right but one partial."""
    from handmark import sources

    assignment = sources.read(ROOT / "exercises" / NAME / f"{NAME}.md")
    answers = {cell.metadata.nbgrader.grade_id: cell.source for cell in assignment.cells("answer")}
    answers["partials"] = answers["partials"].replace("np.mean(", "np.sum(", 1)
    content = json.loads(notebook.read_text("utf-8"))
    for cell in content["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id in answers:
            cell["source"] = answers[grade_id]
        elif grade_id.endswith("-written"):
            cell["source"] = WRITTEN
        elif "".join(cell["source"]).startswith("student_id ="):
            cell["source"] = f"student_id = {STUDENT!r}"
    notebook.chmod(0o644)
    notebook.write_text(json.dumps(content), "utf-8")


# -- the whole way --------------------------------------------------------------------------------


def hand_out_and_in(teacher, student, address, folder):
    """The teacher releases; the student fetches, works and submits."""
    in_terminal(teacher, folder, f"handmark release {NAME} --fast")
    in_formgrader(teacher, address, "release")
    assert (folder / "exchange" / COURSE / "outbound" / NAME / f"{NAME}.ipynb").exists()
    done("released, in the terminal and in Formgrader")

    from_menu(student, "Assignment List")
    student.click(f".list_item:has-text('{NAME}') >> button:has-text('Fetch')")
    mine = folder / "home" / STUDENT / NAME / f"{NAME}.ipynb"
    wait_for(mine.exists, "the fetched notebook")
    done("fetched, in the student's list of assignments")
    answered(mine)
    student.click(f".list_item:has-text('{NAME}') >> button:has-text('Submit')")
    inbound = folder / "exchange" / COURSE / "inbound"
    wait_for(lambda: inbound.exists() and any(inbound.iterdir()), "the submission")
    done("submitted")


def grade(teacher, address, folder):
    """The teacher collects from the exchange, grades, and marks the written answer."""
    inbound = folder / "exchange" / COURSE / "inbound"
    open_lab(teacher, address, TEACHER)
    said = in_terminal(teacher, folder, f"handmark collect {NAME} {inbound} --platform nbgrader")
    assert f"{STUDENT}: {NAME}.ipynb" in said, said
    said = in_terminal(teacher, folder, f"handmark grade {NAME}")
    assert f"{STUDENT}: 13 of 20, 5 of them to mark by hand" in said and "0 for a person" in said, (
        said
    )
    done(f"collected and graded in the sandbox: {said.splitlines()[0]}")

    teacher.goto(f"{address}/user/{TEACHER}/formgrader/gradebook/{NAME}/{NAME}")
    with teacher.expect_response(lambda answer: "/api/comments" in answer.url):
        teacher.click("td >> a:has-text('Submission')")
    teacher.wait_for_load_state("networkidle")
    guide = "Numbers without an explanation: at most 2."
    teacher.wait_for_selector(f"blockquote:has-text('{guide}')")
    place = teacher.locator("#experiment-written")
    place.fill(str(MARK))
    with teacher.expect_response(lambda a: "/api/grade/" in a.url and a.request.method == "PUT"):
        place.press("Tab")  # Formgrader saves a mark when the cursor leaves its place
    done("marked by hand, in Formgrader")


def give_back(teacher, student, address, folder):
    """The teacher returns feedback; the student fetches and reads it."""
    open_lab(teacher, address, TEACHER)
    in_terminal(teacher, folder, f"handmark feedback {NAME}")
    in_terminal(teacher, folder, f"handmark export {NAME}")
    table = (
        folder / "home" / TEACHER / "course" / "_grading" / "reports" / f"{NAME}.csv"
    ).read_text("utf-8")
    assert f"{STUDENT},graded,17.0,20.0,0," in table, table
    in_formgrader(teacher, address, "release-feedback")
    done("feedback returned, in the terminal and in Formgrader")

    open_lab(student, address, STUDENT)
    from_menu(student, "Assignment List")
    student.click(f".list_item:has-text('{NAME}') >> button:has-text('Fetch Feedback')")
    home = folder / "home" / STUDENT
    pages = home / NAME / "feedback"
    wait_for(lambda: pages.exists() and list(pages.rglob("*.html")), "the feedback")
    page = next(pages.rglob("*.html"))
    student.goto(f"{address}/user/{STUDENT}/files/{page.relative_to(home)}")
    student.wait_for_selector("text=Score: 17.0 / 20.0")
    student.wait_for_selector("text=summed over the samples, not averaged")
    assert "Marking guide" not in student.content()
    done("feedback fetched, and read: 17 of 20 points")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help="leave the temporary folder")
    chosen = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="hub-"))
    try:
        lay_out(folder)
        with hub(folder) as address, chromium() as browser:
            done(f"a JupyterHub at {address}")
            try:
                teacher, student = (log_in(browser, address, user) for user in (TEACHER, STUDENT))
                done("teacher and student have logged in")
                hand_out_and_in(teacher, student, address, folder)
                grade(teacher, address, folder)
                give_back(teacher, student, address, folder)
            except Exception:
                for number, context in enumerate(browser.contexts):
                    picture = folder / f"page-{number}.png"
                    context.pages[0].screenshot(path=picture)
                    print(f"the page is in {picture}, the hub's log in {folder / 'hub.log'}")
                chosen.keep = True
                raise
    finally:
        if not chosen.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print("the whole way has been gone")


if __name__ == "__main__":
    main()
