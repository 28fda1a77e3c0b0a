"""Plainer words for two actions and a category. No table is altered, so the triggers stay."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("moderation", "0007_report_person")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("hide", "hid"),
                    ("restore", "restored"),
                    ("suspend", "suspended"),
                    ("unsuspend", "ended the suspension of"),
                    ("retry", "tried again"),
                    ("release", "released"),
                    ("refuse", "refused"),
                    ("appoint", "made a moderator of"),
                    ("dismiss", "ended the moderating of"),
                    ("let_in", "approved the sign-up of"),
                    ("turn_away", "declined the sign-up of"),
                    ("confirm", "confirmed the e-mail address of"),
                    ("reset_link", "made a link for a new password for"),
                    ("create", "made"),
                    ("revoke", "revoked"),
                    ("block", "blocked"),
                    ("unblock", "ended the blocking of"),
                    ("change", "changed"),
                    ("uphold", "upheld a report of"),
                    ("set_aside", "set aside a report of"),
                ],
                max_length=12,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="category",
            field=models.CharField(
                choices=[
                    ("spam", "Spam or a scam"),
                    ("harassment", "Harassment or hate"),
                    ("violence", "Violence or a threat"),
                    ("nudity", "Nudity or sex"),
                    ("child", "A child in danger"),
                    ("self_harm", "Somebody may hurt themselves"),
                    ("privacy", "Something private of mine or another's"),
                    ("stolen", "A photo that is not theirs"),
                    ("other", "Something else"),
                ],
                max_length=12,
                verbose_name="what is wrong",
            ),
        ),
    ]
