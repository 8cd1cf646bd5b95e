"""A JupyterHub for one machine and one visit: any name may log in, each server is a local process.

`tools/hub/drive.py` starts it and says by the environment where its files lie and on which ports.
"""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821 (given by JupyterHub)
folder = Path(os.environ["HUB_FOLDER"])
page, hub, proxy = os.environ["HUB_PORTS"].split()

c.JupyterHub.bind_url = f"http://127.0.0.1:{page}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub}"
c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
c.JupyterHub.cookie_secret_file = str(folder / "cookie-secret")
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy}"
c.ConfigurableHTTPProxy.command = os.environ["HUB_PROXY"].split("\n")
c.ConfigurableHTTPProxy.pid_file = str(folder / "proxy.pid")

# for a try on one machine: no password is asked for, and all servers run as who started the hub
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = str(folder / "home" / "{username}")
c.Spawner.cmd = [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]
c.Spawner.args = ["--allow-root"]
c.Spawner.default_url = "/lab"
c.Spawner.start_timeout = c.Spawner.http_timeout = 600
c.Spawner.environment = {"SHELL": "/bin/bash", "OPENBLAS_NUM_THREADS": "1"}
