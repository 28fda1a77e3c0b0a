"""Addresses about leaving, and taking everything along."""

from django.urls import path

from leaving.views import data, leave, receipts

app_name = "leaving"
urlpatterns = [
    path("settings/data/", data.data, name="data"),
    path("settings/data/<b58:export_id>/", data.download, name="download"),
    path("settings/leaving/", leave.leaving, name="leaving"),
    # Who is leaving reaches nothing but what lies below that page.
    path("settings/leaving/data/", data.data, name="last_data"),
    path("settings/leaving/data/<b58:export_id>/", data.download, name="last_download"),
    path("receipts/<str:token>/", receipts.receipt, name="receipt"),
]
