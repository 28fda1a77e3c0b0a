/** The settings of notifications: the browser's time zone, until a person chose one. */

const select = document.querySelector("[data-time-zone]");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (select.value === "" && [...select.options].some((option) => option.value === zone)) select.value = zone;
