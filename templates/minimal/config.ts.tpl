export default {
  directory: {{ directory }},
  url: {{ url }},
  models: {{ models }},
};
