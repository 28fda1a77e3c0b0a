"""Tests; they mirror the apps. `site` runs the real site for those that drive it from outside."""
