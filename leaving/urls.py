"""Addresses about leaving, and taking everything along."""

from django.urls import path

from leaving.views import export, leave, receipts

app_name = "leaving"
urlpatterns = [
    path("settings/data/", export.page, name="data"),
    path("settings/data/<b58:export_id>/", export.download, name="download"),
    path("settings/leaving/", leave.leaving, name="leaving"),
    # Who is leaving reaches nothing but what lies below that page.
    path("settings/leaving/data/", export.page, name="last_data"),
    path("settings/leaving/data/<b58:export_id>/", export.download, name="last_download"),
    path("receipts/<str:token>/", receipts.receipt, name="receipt"),
]
