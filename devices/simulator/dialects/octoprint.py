"""OctoPrint with its MQTT plug-in: progress and temperatures retained, said when they change; events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from devices.simulator.chance import drift
from devices.simulator.message import Message, as_json
from devices.simulator.printers import Job, Printer
from devices.simulator.world import World


def printer(topic: str, device: Printer, world: World, now: datetime) -> list[Message]:
    """Temperatures, and how far the job is or that it is done."""
    stamp, at = int(now.timestamp()), world.at
    unrest = 0.25 * drift(world.seed, f"thermistor {device.name}", now.timestamp(), 8)
    said = [
        _heat(f"{topic}/temperature/tool0", device.nozzle_c + unrest, device.nozzle_target, stamp),
        _heat(f"{topic}/temperature/bed", device.bed_c - unrest / 2, device.bed_target, stamp),
    ]
    if device.job:
        said.append(_event(topic, "PrintStarted", device.job, stamp))
        said.append(_progress(topic, device.job, device.progress, at, stamp))
    elif device.done:
        said.append(_progress(topic, device.done, 100.0, at, stamp))
        said.append(_event(topic, "PrintDone", device.done, stamp))
    return said


def online(topic: str, is_online: bool) -> Message:
    """The birth message and the last will."""
    return Message(f"{topic}/mqtt", b"connected" if is_online else b"disconnected", retained=True)


def _heat(topic: str, actual: float, target: float, stamp: int) -> Message:
    values = {"_timestamp": stamp, "actual": round(actual, 1), "target": target}
    return as_json(topic, values, retained=True, about=(round(actual, 1), target))


def _event(topic: str, name: str, job: Job, stamp: int) -> Message:
    body: dict[str, Any] = {
        "_timestamp": stamp,
        "_event": name,
        "origin": "local",
        "path": job.file,
        "name": job.file,
    }
    if name == "PrintDone":
        body["time"] = (job.ends - job.starts).total_seconds()
    return as_json(f"{topic}/event/{name}", body, about=job.starts)


def _progress(topic: str, job: Job, percent: float, at: datetime, stamp: int) -> Message:
    printing = percent < 100
    body = {
        "_timestamp": stamp,
        "progress": int(percent),
        "location": "local",
        "path": job.file,
        "printer_data": {
            "progress": {
                "completion": round(percent, 2),
                "printTime": max(0, int((min(at, job.ends) - job.starts).total_seconds())),
                "printTimeLeft": max(0, int((job.ends - at).total_seconds())),
            },
            "state": {
                "text": "Printing" if printing else "Operational",
                "flags": {"printing": printing, "operational": True, "paused": False, "error": False},
            },
            "job": {
                "file": {"origin": "local", "name": job.file, "path": job.file, "display": job.file},
                "filament": {"tool0": {"length": job.filament_mm, "volume": 0.0}},
            },
        },
    }
    return as_json(f"{topic}/progress/printing", body, retained=True, about=(job.starts, int(percent)))
