// placeholder entry
return;
