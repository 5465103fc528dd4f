"""Play the dashboard with double-width data and print each scene: `wide_screens.py LANGUAGE LOOK`.

It is a program of its own, since a process speaks one language, chosen before the screen's modules
are imported. What it prints is one JSON array of scenes.
"""

import asyncio
import json
import math
import sys
import tempfile
from pathlib import Path
from typing import Any

from core.language import speak

NAME = "红楼梦逐字模型第三次实验继续"
CLASSES = ["科技", "体育新闻", "财经", "娱乐八卦与明星", "教育", "房产家居", "股票", "时政", "游戏", "社会"]
TEXT = "满纸荒唐言，一把辛酸泪！都云作者痴，谁解其中味？"
SIZES = ((120, 40), (80, 24))


def scene(name: str, studio: Any) -> dict[str, Any]:
    """Return what is on the screen, and where the frames of what can be seen stand."""
    from textual.widget import Widget

    screen = studio.app.screen
    width, height = studio.app.size
    frames = []
    for widget in screen.query(Widget):
        kind = widget.styles.border.top[0]
        whole = widget.region.overlap if False else widget.region
        if kind in ("round", "ascii") and widget.display and whole.area:
            if (0 <= whole.x and whole.right <= width and 0 <= whole.y and whole.bottom <= height):
                frames.append([whole.x, whole.y, whole.width, whole.height])
    strips = screen._compositor.render_strips()
    return {
        "name": f"{name} {width}x{height}",
        "width": width,
        "lines": [strip.text for strip in strips],
        "cells": [strip.cell_length for strip in strips],
        "frames": frames,
    }
